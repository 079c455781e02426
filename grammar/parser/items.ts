/** The outermost level: `study`, `import` and declarations. */

import type { IToken } from "chevrotain";
import { tokenMatcher } from "../chevrotain.js";
import type { ProblemSink } from "../problems.js";
import { endOf, retyped, spanOf } from "../spelling.js";
import {
  type Block,
  DECLARATION_KINDS,
  type Declaration,
  type DeclarationKind,
  type Expression,
  type Identifier,
  type ImportItem,
  type Item,
  type Parameter,
  type SourceFile,
  type StringLiteral,
  type StudyItem,
} from "../syntax.js";
import * as T from "../tokens.js";
import type { ParserOptions } from "./base.js";
import { closestWord } from "./closest.js";
import { FOREIGN_STATEMENTS } from "./foreign.js";
import { StatementParser } from "./statements.js";

const ITEM_WORDS = ["study", "import", ...DECLARATION_KINDS];

export class ItemParser extends StatementParser {
  constructor(options: ParserOptions) {
    super(options);
    this.performSelfAnalysis();
  }

  /** One whole file; `tokens` come from `scan` and are used up. */
  parseFile(text: string, tokens: IToken[], problems: ProblemSink): SourceFile {
    this.begin(text, tokens, problems);
    const items = this.items() ?? [];
    return { kind: "file", items, span: { start: 0, end: text.length } };
  }

  private readonly items = this.RULE("items", (): Item[] => {
    const items: Item[] = [];
    this.foreignFormat();
    this.sweepItems();
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Separator);
            this.sweepItems();
          },
        },
        {
          ALT: () => {
            items.push(this.SUBRULE(this.item));
            this.settleItem();
          },
        },
      ]);
    });
    return items;
  });

  private readonly item = this.RULE(
    "item",
    (): Item =>
      this.OR([
        { ALT: () => this.SUBRULE(this.study) },
        { ALT: () => this.SUBRULE(this.import) },
        { ALT: () => this.SUBRULE(this.declaration) },
      ]),
  );

  private readonly study = this.RULE("study", (): StudyItem => {
    const start = this.start();
    this.CONSUME(T.Study);
    let name: Identifier = { text: "", span: { start: this.start(), end: this.start() } };
    let title: StringLiteral | undefined;
    let body: Block | undefined;
    this.guard("a name, a title in quotes, and a block", this.atItemEnd, () => {
      if (this.colonBeforeBlock("study", "name")) return;
      name = this.SUBRULE(this.declaredName, { ARGS: ["study"] });
      if (this.at(T.Colon) && this.at(T.StringToken, 2)) {
        this.reportHere("colon-in-setting", { name: `study ${name.text}`, instead: "" });
        this.SKIP_TOKEN();
      }
      const quoted = this.OPTION(() => this.CONSUME(T.StringToken));
      title = quoted === undefined ? undefined : this.string(quoted);
      if (this.colonBeforeBlock("study", name.text)) return;
      if (!this.RECORDING_PHASE && !this.at(T.LCurly)) this.noBody("study", name.text);
      else body = this.within("study", () => this.SUBRULE(this.block));
    });
    const rest = { name, body: body ?? this.noBlock(), span: this.spanFrom(start) };
    return title === undefined ? { kind: "study", ...rest } : { kind: "study", title, ...rest };
  });

  private readonly import = this.RULE("import", (): ImportItem => {
    const start = this.start();
    this.CONSUME(T.Import);
    let from: StringLiteral | undefined;
    let alias: Identifier | undefined;
    let names: Identifier[] | undefined;
    this.guard("a file in quotes", this.atItemEnd, () => {
      if (!this.RECORDING_PHASE && (this.at(T.LCurly) || this.at(T.Star))) {
        from = this.importOfOtherLanguage();
        return;
      }
      if (!this.RECORDING_PHASE && !this.at(T.StringToken) && !this.importsNames()) {
        from = this.unquotedPath();
        return;
      }
      this.OR([
        {
          ALT: () => {
            from = this.string(this.CONSUME(T.StringToken));
            this.OPTION(() => {
              this.CONSUME(T.As);
              alias = this.identifier(this.CONSUME(T.Name));
            });
          },
        },
        {
          ALT: () => {
            const picked = [this.identifier(this.CONSUME2(T.Name))];
            names = picked;
            this.MANY(() => {
              this.CONSUME(T.Comma);
              picked.push(this.identifier(this.CONSUME3(T.Name)));
            });
            this.CONSUME(T.From);
            from =
              this.at(T.StringToken) || this.RECORDING_PHASE
                ? this.string(this.CONSUME2(T.StringToken))
                : this.unquotedPath();
          },
        },
      ]);
    });
    const path = from ?? { kind: "string" as const, value: "", span: { start: this.start(), end: this.start() } };
    return {
      kind: "import",
      from: path,
      ...(alias === undefined ? {} : { alias }),
      ...(names === undefined ? {} : { names }),
      span: this.spanFrom(start),
    };
  });

  /** `KIND NAME [ "(" parameters ")" ] [ "from" postfix { "," postfix } ] ( "=" expression | block )` */
  private readonly declaration = this.RULE("declaration", (): Declaration => {
    const start = this.start();
    const keyword = this.CONSUME(T.Kind).image as DeclarationKind;
    let name: Identifier = { text: "", span: { start: this.start(), end: this.start() } };
    let parameters: readonly Parameter[] = [];
    let value: Expression | undefined;
    let body: Block | undefined;
    const from: Expression[] = [];
    this.guard("`=` or a block", this.atItemEnd, () => {
      name = this.SUBRULE(this.declaredName, { ARGS: [keyword] });
      this.OPTION(() => {
        parameters = this.SUBRULE(this.parameters);
      });
      this.OPTION2(() => {
        this.CONSUME(T.From);
        from.push(this.SUBRULE(this.postfix));
        this.MANY(() => {
          this.CONSUME(T.Comma);
          this.strayCommas();
          from.push(this.SUBRULE2(this.postfix));
        });
      });
      if (this.colonBeforeBlock(keyword, name.text)) return;
      if (!this.RECORDING_PHASE && this.atItemEnd()) {
        if (from.length === 0) this.noBody(keyword, name.text);
        return;
      }
      this.OR([
        {
          ALT: () => {
            body = this.within(keyword, () => this.SUBRULE(this.block));
          },
        },
        {
          ALT: () => {
            const equals = this.LA(1);
            this.SUBRULE(this.equals, { ARGS: [keyword, name.text] });
            body = this.OPTION3(() => {
              this.ACTION(() =>
                this.report("equals-before-block", spanOf(equals), {
                  sign: "=",
                  keyword,
                  name: name.text,
                  instead: "",
                }),
              );
              return this.within(keyword, () => this.SUBRULE2(this.block));
            });
            if (this.RECORDING_PHASE || body === undefined) value = this.SUBRULE(this.expression);
          },
        },
        {
          ALT: () => {
            this.reportHere("missing-equals", { keyword, name: name.text });
            value = this.SUBRULE2(this.expression);
          },
        },
      ]);
    });
    return {
      kind: "declaration",
      keyword,
      name,
      parameters,
      from,
      ...(value === undefined ? {} : { value }),
      ...(body === undefined ? {} : { body }),
      span: this.spanFrom(start),
    };
  });

  private readonly parameters = this.RULE("parameters", (): Parameter[] => {
    const parameters: Parameter[] = [];
    this.CONSUME(T.LParen);
    this.guard("a parameter, like `n: count`", this.atParametersEnd, () => {
      this.MANY_SEP({
        SEP: T.Comma,
        DEF: () => {
          const start = this.start();
          const name = this.identifier(this.CONSUME(T.Name));
          this.OR([
            { ALT: () => this.CONSUME(T.Colon) },
            {
              ALT: () => {
                this.reportHere("equals-for-colon", { name: name.text, instead: ": " });
                this.CONSUME(T.Equal);
              },
            },
          ]);
          const type = this.SUBRULE(this.postfix);
          parameters.push({ name, type, span: this.spanFrom(start) });
        },
      });
    });
    this.CONSUME(T.RParen);
    return parameters;
  });

  private readonly atParametersEnd = (): boolean => this.at(T.RParen);
  private readonly atItemEnd = (): boolean => this.at(T.Separator) || this.atEnd();

  private noBody(keyword: string, name: string): void {
    this.reportHere("missing-body", { keyword, name });
  }

  /** `recipe r:` at the end of a line; what is indented below it is skipped. */
  private colonBeforeBlock(keyword: string, name: string): boolean {
    if (this.RECORDING_PHASE || !this.at(T.Colon)) return false;
    const behind = this.LA(2);
    if (behind.tokenType === T.LCurly) {
      // one that is not in the text was missed, and told, already
      if (behind.image !== "") {
        this.reportHere("equals-before-block", { sign: ":", keyword, name, instead: "" });
      }
      this.SKIP_TOKEN();
      return false;
    }
    const ends = Number.isNaN(behind.startOffset) || behind.tokenType === T.Separator;
    if (!ends && !/[\r\n]/.test(this.text.slice(endOf(this.LA(1)), behind.startOffset))) return false;
    this.reportHere("colon-before-block", { keyword, name });
    this.skipTo(this.atItemEnd);
    this.skipToItem();
    return true;
  }

  /** `import { a, b } from "…"`, `import * from "…"`: read as an import of all the file. */
  private importOfOtherLanguage(): StringLiteral | undefined {
    const braces = this.at(T.LCurly);
    const expected = braces
      ? 'a list of names without braces, `import a, b from "…"`,'
      : 'the file alone, `import "…"`, which brings all of it,';
    this.reportHere("unexpected-token", { found: this.describeNext(), expected });
    if (braces) {
      this.SKIP_TOKEN();
      this.skipTo(() => this.at(T.RCurly));
    }
    this.skipTo(() => this.at(T.StringToken) || this.atItemEnd());
    if (braces && this.at(T.RCurly)) {
      this.SKIP_TOKEN();
      this.skipTo(() => this.at(T.StringToken) || this.atItemEnd());
    }
    const path = this.at(T.StringToken) ? this.string(this.LA(1)) : undefined;
    this.skipTo(this.atItemEnd);
    return path;
  }

  private importsNames(): boolean {
    return this.at(T.Name) && (this.at(T.Comma, 2) || this.at(T.From, 2));
  }

  /** `./medical.xfer` without quotes, up to the end of the line. */
  private unquotedPath(): StringLiteral {
    const start = this.start();
    if (this.atItemEnd()) {
      this.reportHere("missing-import-path", {});
      return { kind: "string", value: "", span: { start, end: start } };
    }
    let end = start;
    let value = "";
    while (!this.atItemEnd() && (end === start || this.LA(1).startOffset === end)) {
      value += this.LA(1).image;
      end = endOf(this.LA(1));
      this.SKIP_TOKEN();
    }
    // a bare word is a module in Python: the file beside this one
    const path = /^\w+$/.test(value) ? `./${value}.xfer` : value;
    this.problems?.report("unquoted-import", { start, end }, { path: value, instead: JSON.stringify(path) });
    this.skipTo(this.atItemEnd);
    return { kind: "string", value: path, span: { start, end } };
  }

  /** Skips what no item starts with; a misspelt item word is read as what it resembles. */
  private sweepItems(): void {
    while (!this.RECORDING_PHASE && !this.atEnd()) {
      if (this.problems?.isFull === true) this.skipAll();
      if (this.at(T.Separator) || this.startsItem()) return;
      if (this.respell()) return;
      this.reportForeign();
      this.skipTo(this.atItemEnd);
      if (this.at(T.RCurly)) this.SKIP_TOKEN();
      this.skipToItem();
    }
  }

  /** A file of JSON is not read; the line that starts YAML is stepped over. */
  private foreignFormat(): void {
    if (this.RECORDING_PHASE) return;
    if (this.at(T.LCurly) && this.at(T.StringToken, 2)) {
      this.reportHere("foreign-format", { format: "JSON" });
      this.skipAll();
    } else if (this.at(T.Minus) && this.at(T.Minus, 2) && this.at(T.Minus, 3)) {
      this.reportHere("foreign-format", { format: "YAML" });
      this.skipTo(this.atItemEnd);
    }
  }

  /** What follows something that is no item is likely its body: silent until an item starts. */
  private skipToItem(): void {
    while (!this.atEnd()) {
      if (this.at(T.Separator) && this.startsItem(2)) return;
      if (this.at(T.Separator) && this.looksForeign(2) && this.startsLine(2)) return;
      this.SKIP_TOKEN();
      this.skipTo(this.atItemEnd);
      if (this.at(T.RCurly)) this.SKIP_TOKEN();
    }
  }

  private skipAll(): void {
    while (!this.atEnd()) this.SKIP_TOKEN();
  }

  private startsItem(ahead = 1): boolean {
    return this.at(T.Study, ahead) || this.at(T.Import, ahead) || this.at(T.Kind, ahead);
  }

  /** `recipie finetune {` is read as a recipe. */
  private respell(): boolean {
    const word = this.LA(1);
    if (word.tokenType !== T.Identifier || !(this.at(T.Name, 2) || this.at(T.StringToken, 2))) return false;
    if (FOREIGN_STATEMENTS.has(word.image)) return false;
    const suggestion = closestWord(word.image, ITEM_WORDS);
    if (suggestion === undefined) return false;
    this.report("unknown-item", spanOf(word), { word: word.image, suggestion });
    const type = [...T.VOCABULARY].find((token) => token.PATTERN === suggestion);
    const place = this.input.indexOf(word);
    if (type === undefined || place === -1) return false;
    this.input[place] = { ...retyped(word, type), image: suggestion };
    return true;
  }

  /** Not indented: what is, may be the body of what was reported. */
  private startsLine(ahead: number): boolean {
    const { startOffset } = this.LA(ahead);
    return startOffset === 0 || /[\r\n]/.test(this.text[startOffset - 1] ?? "");
  }

  private looksForeign(ahead: number): boolean {
    const isSetting = this.at(T.For, ahead) && !this.at(T.In, ahead + 2);
    return FOREIGN_STATEMENTS.has(this.LA(ahead).image) && !isSetting;
  }

  private reportForeign(): void {
    const token = this.LA(1);
    const word = token.image;
    const kind = FOREIGN_STATEMENTS.get(word);
    const imports = kind === "import" && (this.at(T.StringToken, 2) || this.at(T.LParen, 2));
    if (kind !== undefined && this.looksForeign(1) && (imports || tokenMatcher(this.LA(2), T.Word))) {
      this.report("foreign-statement", spanOf(token), { word, kind });
    } else if (this.at(T.Name) && (this.at(T.NumberToken, 2) || this.at(T.Name, 2) || this.at(T.StringToken, 2))) {
      this.report("setting-outside-block", spanOf(token), { name: word });
    } else if (this.at(T.Word)) {
      this.report("unknown-item", spanOf(token), { word, suggestion: closestWord(word, ITEM_WORDS) ?? "" });
    } else {
      this.reportHere("unexpected-token", { found: this.describeNext(), expected: "a declaration" });
    }
  }

  private settleItem(): void {
    if (this.RECORDING_PHASE || this.atItemEnd()) return;
    if (this.startsItem()) {
      this.reportHere("missing-separator", { before: this.LA(1).image, what: "declarations" });
      return;
    }
    this.reportHere("unexpected-token", { found: this.describeNext(), expected: "a new line" });
    this.skipTo(this.atItemEnd);
    if (this.at(T.RCurly)) this.skipToItem();
  }
}
