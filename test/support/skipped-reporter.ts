/** Says by name which tests were skipped; the default reporter only counts them. */

import type { Reporter, TestModule, Vitest } from "vitest/node";

export default class SkippedReporter implements Reporter {
  private filtered = false;

  onInit(vitest: Vitest): void {
    this.filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // With a pattern, what does not match is "skipped" as well.
    if (this.filtered) return;
    const names = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map((test) => `  ↓ ${module.relativeModuleId} > ${test.fullName}`),
    );
    if (names.length > 0) console.log(`skipped:\n${names.join("\n")}\n`);
  }
}
