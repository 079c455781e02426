/** Says by name which tests were skipped; the default reporter only counts them. */

import type { Reporter, TestModule } from "vitest/node";

export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map((test) => `  ↓ ${module.relativeModuleId} > ${test.fullName}`),
    );
    if (names.length > 0) console.log(`skipped:\n${names.join("\n")}\n`);
  }
}
