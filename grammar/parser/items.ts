/** The outermost level: `study`, `import` and declarations. */

import type { IToken } from "chevrotain";
import type { ProblemSink } from "../problems.js";
import { spanOf } from "../spelling.js";
import type {
  Block,
  Declaration,
  DeclarationKind,
  Expression,
  Identifier,
  ImportItem,
  Item,
  Parameter,
  SourceFile,
  StringLiteral,
  StudyItem,
} from "../syntax.js";
import * as T from "../tokens.js";
import type { ParserOptions } from "./base.js";
import { ItemSlipParser } from "./item-slips.js";

export class ItemParser extends ItemSlipParser {
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
      name = this.secondWord(keyword, name);
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
      if (from.length === 0 && this.fromMissing(keyword, name.text)) from.push(this.SUBRULE3(this.postfix));
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
}
