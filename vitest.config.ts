/** @file Test runner settings: tests beside the sources and in test/, run against the sources. */
import { defineConfig } from "vitest/config";

const conditions = ["@nerium/source", "module", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: "./test/own-cache.ts",
    reporters: ["default", "./test/closing-line.ts"],
    // Some tests start whole processes; a busy machine must not fail them.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
