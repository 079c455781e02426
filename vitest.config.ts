import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default", "./test/support/skipped-reporter.ts"],
    testTimeout: 60_000,
  },
});
