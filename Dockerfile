# Headwater in one container: page, API and worker. Build: docker build -t headwater .
# TORCH=cuda builds for NVIDIA GPUs (run with --gpus all).
FROM node:20-bookworm-slim AS page
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim-bookworm AS python
ARG TORCH=cpu
ENV TORCH=${TORCH} PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/headwater
COPY backend/requirements/ /src/backend/requirements/
COPY backend/scripts/install_torch.py /src/backend/scripts/
RUN /opt/headwater/bin/python -m pip install --quiet --require-hashes -r /src/backend/requirements/bootstrap.lock \
 && /opt/headwater/bin/python /src/backend/scripts/install_torch.py \
 && /opt/headwater/bin/python -m uv pip install --no-deps --compile-bytecode --require-hashes -r /src/backend/requirements/main.lock
COPY backend/ /src/backend/
RUN /opt/headwater/bin/python -m uv pip install --no-deps --compile-bytecode --no-build-isolation /src/backend

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 headwater && install -d -o headwater /data
COPY --from=python /opt/headwater /opt/headwater
COPY --from=page /src/frontend/dist /opt/headwater/page
ENV PATH=/opt/headwater/bin:$PATH \
    HEADWATER_DATA=/data \
    HEADWATER_FRONTEND=/opt/headwater/page \
    PYTHONDONTWRITEBYTECODE=1
USER headwater
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/api/v1/health', timeout=4)"]
CMD ["headwater", "serve", "--host", "0.0.0.0", "--port", "8765"]
