/** Blocks and what stands in them: settings, rules, assignments, `vary`, `tune`, `measure`, `where`. */

import type { ParserMethod } from "chevrotain";
import { tokenMatcher } from "../chevrotain.js";
import { endOf } from "../spelling.js";
import type {
  Argument,
  Assignment,
  Axis,
  Block,
  Clause,
  Expression,
  Identifier,
  MeasureStatement,
  Preposition,
  Rule,
  Setting,
  Statement,
  TuneStatement,
  VaryStatement,
  WhereStatement,
} from "../syntax.js";
import * as T from "../tokens.js";
import { StatementSlipParser } from "./statement-slips.js";

/** What a line of an experiment may fix. */
const SLOT_WORDS: ReadonlySet<string> = new Set(["model", "target", "source", "init", "train", "labels", "folds"]);

export abstract class StatementParser extends StatementSlipParser {
  /** `"{" [ stmt { sep stmt } [ sep ] ] "}"` */
  readonly block: ParserMethod<[], Block> = this.RULE("block", (): Block => {
    const start = this.start();
    const outer = { bracketed: this.bracketed, deepest: this.deepest };
    const statements: Statement[] = [];
    this.bracketed = false;
    this.deepest = 0;
    this.CONSUME(T.LCurly);
    this.sweep();
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Separator);
            this.sweep();
          },
        },
        {
          ALT: () => {
            statements.push(this.SUBRULE(this.statement));
            this.settle();
          },
        },
      ]);
    });
    this.CONSUME(T.RCurly);
    this.bracketed = outer.bracketed;
    this.depth = this.deepest + 1;
    this.deepest = Math.max(outer.deepest, this.depth);
    return { statements, span: this.spanFrom(start) };
  });

  private readonly statement = this.RULE(
    "statement",
    (): Statement =>
      this.OR([
        { ALT: () => this.SUBRULE(this.vary) },
        { GATE: () => this.varyMissing() > 0, ALT: () => this.SUBRULE(this.bareAxes), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.tune) },
        { ALT: () => this.SUBRULE(this.measure) },
        { GATE: () => this.measureMissing(), ALT: () => this.SUBRULE(this.bareMeasure), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.where) },
        { GATE: () => this.shape() === "rule", ALT: () => this.SUBRULE(this.rule), IGNORE_AMBIGUITIES: true },
        {
          GATE: () => this.shape() === "assignment",
          ALT: () => this.SUBRULE(this.assignment),
          IGNORE_AMBIGUITIES: true,
        },
        { ALT: () => this.SUBRULE(this.setting) },
      ]),
  );

  private readonly vary = this.RULE("vary", (): VaryStatement => {
    const start = this.start();
    let axes: readonly Axis[] = [];
    const keyword = this.CONSUME(T.Vary);
    this.guard("an axis, like `n in 0..4`", this.atSettingEnd, () => {
      axes = this.SUBRULE(this.axes, { ARGS: [keyword.image] });
    });
    return { kind: "vary", axes, span: this.spanFrom(start) };
  });

  /** `model in [a, b]`, `sweep model in [a, b]`, `model: [a, b]` */
  private readonly bareAxes = this.RULE("bareAxes", (): VaryStatement => {
    const start = this.start();
    let axes: readonly Axis[] = [];
    this.ACTION(() => {
      const words = this.varyMissing();
      const [first, second] = [this.LA(1), this.LA(2)];
      const axis = (words === 2 ? second : first).image;
      const colon = this.at(T.Colon, 2);
      const span = { start: first.startOffset, end: endOf(colon ? second : first) };
      const instead = colon ? `vary ${axis} in` : words === 2 ? "vary" : `vary ${axis}`;
      this.report("missing-vary", span, { axis, instead });
    });
    this.OPTION({ GATE: () => this.varyMissing() === 2, DEF: () => this.CONSUME(T.Identifier) });
    this.guard("an axis, like `n in 0..4`", this.atSettingEnd, () => {
      axes = this.SUBRULE(this.axes, { ARGS: ["vary"] });
    });
    return { kind: "vary", axes, span: this.spanFrom(start) };
  });

  /** How many words stand before what makes an axis of the line: 0 where nothing does. */
  private varyMissing(): number {
    if (this.RECORDING_PHASE || this.owner !== "experiment" || !this.at(T.Name)) return 0;
    if (this.at(T.In, 2) || (SLOT_WORDS.has(this.LA(1).image) && this.at(T.Colon, 2) && this.at(T.LSquare, 3)))
      return 1;
    return this.at(T.Identifier) && this.at(T.Name, 2) && this.at(T.In, 3) ? 2 : 0;
  }

  /** `test = score(top1)` */
  private readonly bareMeasure = this.RULE("bareMeasure", (): MeasureStatement => {
    const start = this.start();
    let value: Expression | undefined;
    const name = this.identifier(this.CONSUME(T.Identifier));
    this.ACTION(() => {
      const colon = this.at(T.Colon);
      const span = { start: name.span.start, end: colon ? endOf(this.LA(1)) : name.span.end };
      const instead = `measure ${name.text}${colon ? " =" : ""}`;
      this.report("missing-measure", span, { name: name.text, instead });
    });
    this.guard("a value", this.atSettingEnd, () => {
      this.OR([{ ALT: () => this.CONSUME(T.Equal) }, { ALT: () => this.CONSUME(T.Colon) }]);
      value = this.SUBRULE(this.expression);
    });
    return { kind: "measure", name, loops: [], value: value ?? this.missing(), span: this.spanFrom(start) };
  });

  private measureMissing(): boolean {
    if (this.RECORDING_PHASE || this.owner !== "experiment" || SLOT_WORDS.has(this.LA(1).image)) return false;
    const signed = this.at(T.Equal, 2) || this.at(T.Colon, 2);
    return this.at(T.Identifier) && signed && this.at(T.Name, 3) && this.at(T.LParen, 4);
  }

  private readonly tune = this.RULE("tune", (): TuneStatement => {
    const start = this.start();
    let axes: readonly Axis[] = [];
    const keyword = this.CONSUME(T.Tune);
    let body: Block | undefined;
    this.guard("an axis and a block", this.atSettingEnd, () => {
      axes = this.SUBRULE(this.axes, { ARGS: [keyword.image] });
      body = this.within("tune", () => this.SUBRULE(this.block));
    });
    return { kind: "tune", axes, body: body ?? this.noBlock(), span: this.spanFrom(start) };
  });

  private readonly measure = this.RULE("measure", (): MeasureStatement => {
    const start = this.start();
    this.CONSUME(T.Measure);
    let name: Identifier = { text: "", span: { start: this.start(), end: this.start() } };
    let value: Expression | undefined;
    let loops: readonly Axis[] = [];
    this.guard("a name and `= value`", this.atSettingEnd, () => {
      if (!this.RECORDING_PHASE && this.at(T.Name) && this.at(T.LParen, 2)) {
        this.reportHere("missing-name", { keyword: "measure", found: this.describeNext() });
        value = this.SUBRULE2(this.expression);
        return;
      }
      name = this.SUBRULE(this.declaredName, { ARGS: ["measure"] });
      this.OPTION(() => {
        const keyword = this.CONSUME(T.For);
        loops = this.SUBRULE(this.axes, { ARGS: [keyword.image] });
      });
      this.SUBRULE(this.equals, { ARGS: ["measure", name.text] });
      value = this.SUBRULE(this.expression);
    });
    return { kind: "measure", name, loops, value: value ?? this.missing(), span: this.spanFrom(start) };
  });

  private readonly where = this.RULE("whereStatement", (): WhereStatement => {
    const start = this.start();
    this.CONSUME(T.Where);
    let condition: Expression | undefined;
    this.guard("a condition", this.atSettingEnd, () => {
      condition = this.SUBRULE(this.expression);
    });
    return { kind: "where", condition: condition ?? this.missing(), span: this.spanFrom(start) };
  });

  /** `parts [ "except" parts ] "<-" expression` */
  private readonly rule = this.RULE("rule", (): Rule => {
    const start = this.start();
    let parts: readonly Expression[] = [];
    let except: readonly Expression[] = [];
    let source: Expression | undefined;
    this.guard("`<-` and a source", this.atSettingEnd, () => {
      parts = this.SUBRULE(this.parts);
      this.OPTION(() => {
        this.CONSUME(T.Except);
        except = this.SUBRULE2(this.parts);
      });
      this.SUBRULE(this.arrow, { ARGS: [start] });
      source = this.SUBRULE(this.expression);
    });
    return { kind: "rule", parts, except, source: source ?? this.missing(), span: this.spanFrom(start) };
  });

  private readonly parts = this.RULE("parts", (): Expression[] => {
    const parts = [this.SUBRULE(this.postfix)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.strayCommas();
      parts.push(this.SUBRULE2(this.postfix));
    });
    return parts;
  });

  private readonly arrow = this.RULE("arrow", (start: number): void => {
    const part = this.RECORDING_PHASE ? "" : this.textFrom(start);
    this.OR([
      { ALT: () => this.CONSUME(T.Arrow) },
      {
        ALT: () => {
          this.reportHere("equals-for-arrow", { part, instead: "<-" });
          this.CONSUME(T.Equal);
        },
      },
      {
        ALT: () => {
          this.reportHere("colon-for-arrow", { part, instead: " <-" });
          this.CONSUME(T.Colon);
        },
      },
    ]);
  });

  /** `path "=" expression`; where settings are written without a sign, one setting all the same. */
  private readonly assignment = this.RULE("assignment", (): Assignment | Setting => {
    const start = this.start();
    const path = this.SUBRULE(this.path);
    const first = path.segments?.[0];
    const asSetting = this.ACTION(() => path.segments.length === 1 && !this.mayAssign());
    let value: Expression | undefined;
    this.guard("a value", this.atSettingEnd, () => {
      this.OR([
        {
          ALT: () => {
            if (asSetting) this.reportHere("equals-in-setting", { name: first?.text ?? "", instead: "" });
            this.CONSUME(T.Equal);
          },
        },
        {
          ALT: () => {
            this.reportHere("colon-for-equals", { name: this.textFrom(start), instead: " =" });
            this.CONSUME(T.Colon);
          },
        },
      ]);
      value = this.SUBRULE(this.expression);
    });
    const span = this.spanFrom(start);
    const right = value ?? this.missing();
    if (asSetting && first !== undefined) {
      return { kind: "setting", name: first, args: [{ value: right, span: right.span }], clauses: [], span };
    }
    return { kind: "assignment", path, value: right, span };
  });

  /** `NAME [ arg { "," arg } ] { PREP expression { "," expression } } [ block ]` */
  private readonly setting = this.RULE("setting", (): Setting => {
    const start = this.start();
    const name = this.SUBRULE(this.settingName);
    const args: Argument[] = [];
    const clauses: Clause[] = [];
    let body: Block | undefined;
    this.guard("a value", this.atSettingEnd, () => {
      this.OPTION({
        GATE: () => this.argumentFollows(),
        DEF: () => {
          args.push(this.SUBRULE(this.argument));
          this.MANY({
            GATE: () => !this.commaSeparates(),
            DEF: () => {
              this.CONSUME(T.Comma);
              this.strayCommas();
              args.push(this.SUBRULE2(this.argument));
            },
          });
        },
      });
      this.MANY2(() => {
        clauses.push(this.SUBRULE(this.clause));
      });
      this.OPTION2(() => {
        body = this.within("setting", () => this.SUBRULE(this.block));
      });
    });
    const span = this.spanFrom(start);
    return body === undefined
      ? { kind: "setting", name, args, clauses, span }
      : { kind: "setting", name, args, clauses, body, span };
  });

  private readonly settingName = this.RULE("settingName", (): Identifier => {
    const unit = this.at(T.Identifier) && T.UNITS.has(this.LA(1).image) && this.at(T.NumberToken, 2);
    if (unit) this.reportHere("unit-as-setting", { unit: this.LA(1).image });
    const token = this.OR([
      { ALT: () => this.CONSUME(T.Name) },
      { ALT: () => this.CONSUME(T.For) },
      { ALT: () => this.CONSUME(T.StringToken) },
    ]);
    const glued = this.ACTION(() => tokenMatcher(token, T.Identifier) && this.at(T.Minus));
    const name = glued ? this.hyphenated(token) : this.unquoted(token);
    this.OPTION(() => {
      this.reportHere("colon-in-setting", { name: name.text, instead: "" });
      this.CONSUME(T.Colon);
    });
    return name;
  });

  private readonly clause = this.RULE("clause", (): Clause => {
    const start = this.start();
    const values: Expression[] = [];
    const preposition = this.CONSUME(T.PrepositionWord).image as Preposition;
    values.push(this.SUBRULE(this.expression));
    this.MANY({
      GATE: () => !this.commaSeparates(),
      DEF: () => {
        this.CONSUME(T.Comma);
        this.strayCommas();
        values.push(this.SUBRULE2(this.expression));
      },
    });
    return { preposition, values, span: this.spanFrom(start) };
  });

  protected noBlock(): Block {
    const start = this.start();
    return { statements: [], span: { start, end: start } };
  }
}
