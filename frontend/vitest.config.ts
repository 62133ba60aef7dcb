import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const workers = process.env.VITEST_POOL_WORKERS ?? "2";

export default defineConfig({
  test: {
    maxWorkers: Number(workers),
    projects: [
      {
        test: { name: "unit", environment: "node", include: ["src/**/*.test.ts"] },
      },
      {
        plugins: [react()],
        test: {
          name: "dom",
          environment: "jsdom",
          include: ["src/**/*.test.tsx"],
          css: { modules: { classNameStrategy: "non-scoped" } },
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts"],
          globalSetup: ["e2e/server.ts"],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
