/** Which statement begins here: told from the first sign that tells them apart, however far ahead it stands. */

import type { IToken } from "chevrotain";
import { tokenMatcher } from "../chevrotain.js";
import * as T from "../tokens.js";
import { AxisParser } from "./axes.js";
import type { BlockOwner } from "./base.js";

export type Shape = "rule" | "assignment" | "setting";

/** Blocks whose lines read `name = value`. */
const ASSIGNING: ReadonlySet<BlockOwner> = new Set<BlockOwner>(["profile", "source"]);

export abstract class ShapeParser extends AxisParser {
  /** Looks ahead to the first sign that tells what a statement is. */
  protected shape(): Shape {
    if (this.RECORDING_PHASE) return "setting";
    let open = 0;
    let isPath = this.at(T.Name);
    for (let ahead = 1; ; ahead += 1) {
      const token = this.LA(ahead);
      switch (token.tokenType) {
        case T.Arrow:
          return "rule";
        case T.LParen:
        case T.LSquare:
          open += 1;
          isPath = false;
          break;
        case T.RParen:
        case T.RSquare:
          open -= 1;
          break;
        case T.Dot:
          break;
        case T.Equal:
          if (open === 0) return this.equalsShape(isPath, ahead);
          break;
        case T.Colon:
          if (open === 0) return this.colonShape(isPath);
          break;
        default:
          if (!tokenMatcher(token, T.Word) || (ahead > 1 && !this.at(T.Dot, ahead - 1))) isPath = false;
          if (open === 0 && this.endsShape(token)) return "setting";
      }
    }
  }

  protected endsShape(token: IToken): boolean {
    return (
      Number.isNaN(token.startOffset) ||
      [T.Separator, T.LCurly, T.RCurly].some((type) => tokenMatcher(token, type)) ||
      token.tokenType === T.With
    );
  }

  protected equalsShape(isPath: boolean, ahead: number): Shape {
    if (this.owner === "init") return "rule";
    if (isPath) return "assignment";
    return tokenMatcher(this.LA(ahead - 1), T.RSquare) && this.owner === "with" ? "rule" : "setting";
  }

  protected colonShape(isPath: boolean): Shape {
    if (this.owner === "init") return "rule";
    return isPath && ASSIGNING.has(this.owner) ? "assignment" : "setting";
  }

  protected mayAssign(): boolean {
    switch (this.owner) {
      case "study":
      case "recipe":
      case "experiment":
      case "table":
      case "figure":
      case "tune":
      case "setting":
      case "with":
        return false;
      default:
        return true;
    }
  }

  protected argumentFollows(): boolean {
    if (this.at(T.Word) && this.at(T.Colon, 2)) return true;
    if (this.at(T.StringToken) && this.at(T.Colon, 2)) return true;
    return this.startsExpression();
  }
}
