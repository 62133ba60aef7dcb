"""What writes what? Exact direct effects between features, with attention and norms frozen.

Start at `trace`; `explain` is the same without a loaded model. The mathematics is on top of `sweep`.
"""

from headwater.attribution.linear.tracing import explain, trace

__all__ = ["explain", "trace"]
