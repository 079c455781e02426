/** What people write in blocks that is no statement, between statements and behind them. No grammar rules. */

import { endOf, spanOf } from "../spelling.js";
import * as T from "../tokens.js";
import { FOREIGN_SETTINGS, FOREIGN_STATEMENTS } from "./foreign.js";
import { ShapeParser } from "./shape.js";
import { WRITTEN_OTHERWISE } from "./values.js";

export abstract class StatementSlipParser extends ShapeParser {
  /** `batch 64, epochs 50`: the comma stands for a `;`. */
  protected commaSeparates(): boolean {
    if (!this.at(T.Comma)) return false;
    if (this.at(T.For, 2)) return true;
    return this.at(T.Name, 2) && (this.at(T.Name, 3) || this.at(T.NumberToken, 3) || this.at(T.StringToken, 3));
  }

  /** Skips what no statement starts with. */
  protected sweep(): void {
    if (this.RECORDING_PHASE) return;
    if (this.problems?.isFull === true) while (!this.atEnd()) this.SKIP_TOKEN();
    this.strayCommas();
    if (this.foreignSetting() || this.declarationInside()) return;
    if (this.at(T.Separator) || this.at(T.RCurly) || this.atEnd() || this.startsStatement()) return;
    this.reportHere("unexpected-token", { found: this.describeNext(), expected: "a setting" });
    this.skipTo(this.atSettingEnd);
  }

  /** `if …`, `for x in …`: skipped, block and all. */
  private foreignSetting(): boolean {
    const word = this.LA(1).image;
    const isLoop = this.at(T.For) && this.at(T.Name, 2) && this.at(T.In, 3);
    if (!isLoop && !(FOREIGN_SETTINGS.has(word) && this.at(T.Identifier) && !this.at(T.Arrow, 2))) return false;
    this.report("foreign-statement", this.spanOfNext(), { word, kind: FOREIGN_STATEMENTS.get(word) ?? "loop" });
    this.skipTo(this.atSettingEnd);
    return true;
  }

  /** `recipe inner { … }`: skipped, block and all. */
  private declarationInside(): boolean {
    const opens = this.at(T.LCurly, 3) || this.at(T.From, 3) || (this.at(T.Equal, 3) && this.owner !== "profile");
    if (!this.at(T.Kind) || !this.at(T.Name, 2) || !opens) return false;
    const span = { start: this.start(), end: endOf(this.LA(2)) };
    this.report("declaration-inside", span, { keyword: this.LA(1).image, name: this.LA(2).image });
    this.skipTo(this.atSettingEnd);
    return true;
  }

  /** `for epochs 5` */
  private unitFirst(): boolean {
    const unit = this.LA(0);
    if (!this.at(T.NumberToken) || unit.tokenType !== T.Identifier || !T.UNITS.has(unit.image)) return false;
    const span = { start: unit.startOffset, end: endOf(this.LA(1)) };
    this.report("unit-first", span, { unit: unit.image, instead: `${this.LA(1).image} ${unit.image}` });
    this.skipTo(this.atSettingEnd);
    return true;
  }

  /** `train train finetune`, `train finetune finetune` */
  private nameTwice(): boolean {
    const [before, word] = [this.LA(0), this.LA(1)];
    if (!this.at(T.Identifier) || before.image !== word.image) return false;
    this.report("word-twice", spanOf(word), { word: word.image, instead: "" });
    this.skipTo(this.atSettingEnd);
    return true;
  }

  /** After a statement: on to the separator, the brace, or a statement that lacks its separator. */
  protected settle(): void {
    if (this.RECORDING_PHASE || this.atSettingEnd() || this.atEnd()) return;
    if (this.at(T.Comma)) {
      const instead = this.commaSeparates() ? ";" : "";
      this.reportHere("stray-comma", { instead });
      this.SKIP_TOKEN();
      this.sweep();
    } else if (WRITTEN_OTHERWISE.has(this.LA(1).image)) {
      const operator = this.LA(1).image;
      this.reportHere("foreign-operator", { operator, instead: WRITTEN_OTHERWISE.get(operator) ?? "" });
      this.skipTo(this.atSettingEnd);
    } else if (this.unitFirst() || this.nameTwice()) {
      return;
    } else if (this.startsStatement()) {
      this.reportHere("missing-separator", { before: this.LA(1).image, what: "settings" });
    } else {
      this.reportHere("unexpected-token", { found: this.describeNext(), expected: "`;` or a new line" });
      this.skipTo(this.atSettingEnd);
    }
  }

  private startsStatement(): boolean {
    return (
      this.at(T.Name) ||
      this.at(T.For) ||
      this.at(T.StringToken) ||
      this.at(T.Vary) ||
      this.at(T.Tune) ||
      this.at(T.Measure) ||
      this.at(T.Where)
    );
  }
}
