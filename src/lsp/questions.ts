/** What a client asks, put to a provider: of a file, of a place in it, or of the whole when the keys are still. */

import { type CancellationToken, type Connection, type Position, ResponseError } from "vscode-languageserver/node";
import type { Feed } from "./diagnostics/feed.js";
import type { Place } from "./providers/place.js";
import type { Analysis, View, Workspace } from "./workspace/workspace.js";

interface OfDocument {
  readonly textDocument: { readonly uri: string };
}
interface AtPosition extends OfDocument {
  readonly position: Position;
}
type Handler<P, R> = (params: P, token: CancellationToken) => Promise<R>;

export interface QuestionsOptions {
  readonly connection: Connection;
  readonly workspace: Workspace;
  readonly feed: Feed;
  readonly pathOf: (uri: string) => string;
}

/** Each gives `otherwise` where there is no such file, where the client thought better of it, and where we fail. */
export class Questions {
  constructor(private readonly options: QuestionsOptions) {}

  /** A mistake of ours is logged, and costs one answer. */
  guarded<P, R>(name: string, answer: Handler<P, R>, otherwise: R): Handler<P, R> {
    return async (params, token) => {
      if (token.isCancellationRequested) return otherwise;
      try {
        return await answer(params, token);
      } catch (error) {
        if (error instanceof ResponseError) throw error;
        const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.options.connection.console.error(`${name}: ${said}`);
        return otherwise;
      }
    };
  }

  ofFile<P extends OfDocument, R>(
    name: string,
    answer: (view: View, params: P) => R | Promise<R>,
    otherwise: R,
  ): Handler<P, R> {
    const { workspace, pathOf } = this.options;
    const find = async (params: P): Promise<R> => {
      const view = await workspace.view(pathOf(params.textDocument.uri));
      return view === undefined ? otherwise : await answer(view, params);
    };
    return this.guarded(name, find, otherwise);
  }

  atPlace<P extends AtPosition, R>(
    name: string,
    answer: (place: Place, params: P) => R | Promise<R>,
    otherwise: R,
  ): Handler<P, R> {
    const { workspace } = this.options;
    return this.ofFile<P, R>(
      name,
      (view, params) => answer({ workspace, view, offset: view.document.offsetAt(params.position) }, params),
      otherwise,
    );
  }

  /** What clients ask after every keystroke, and which needs the whole: answered when the keys are still. */
  whenStill<P extends OfDocument, R>(
    name: string,
    answer: (analysis: Analysis, params: P) => R | Promise<R>,
    otherwise: R,
  ): Handler<P, R> {
    const { workspace, feed, pathOf } = this.options;
    const wait: Handler<P, R> = async (params, token) => {
      const path = pathOf(params.textDocument.uri);
      await feed.settled(path);
      const analysis = token.isCancellationRequested ? undefined : await workspace.analysis(path);
      return analysis === undefined ? otherwise : await answer(analysis, params);
    };
    return this.guarded(name, wait, otherwise);
  }
}
