/** `hf:OWNER/NAME[@REVISION][/FILE]`: a file of a model repository on the Hugging Face hub. */

export interface HubFile {
  readonly owner: string;
  readonly name: string;
  /** A branch, a tag or a commit; `main` unless given. */
  readonly revision: string;
  /** Its path in the repository; absent, the weights by their usual names. */
  readonly file?: string;
}

export type HubName =
  | { readonly kind: "hub"; readonly hub: HubFile }
  | { readonly kind: "bad"; readonly problem: string }
  /** A path on the disk. */
  | { readonly kind: "path" };

const SCHEME = "hf:";
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const FORM = "hf:OWNER/NAME, hf:OWNER/NAME@REVISION or hf:OWNER/NAME@REVISION/FILE";

export function parseHubName(path: string): HubName {
  if (!path.startsWith(SCHEME)) {
    // One letter is a drive.
    return /^[a-z][a-z0-9+.-]+:\/\//i.test(path)
      ? { kind: "bad", problem: "addresses are not fetched" }
      : { kind: "path" };
  }
  const [owner = "", repository = "", ...rest] = path.slice(SCHEME.length).split("/");
  const [name = "", revision, ...more] = repository.split("@");
  const bad = (problem: string): HubName => ({ kind: "bad", problem });
  if (!isSegment(owner) || !isSegment(name) || more.length > 0) return bad(`it is not of the form ${FORM}`);
  const wanted = revision === undefined ? "main" : decoded(revision);
  if (wanted === undefined || !wanted.split("/").every(isSegment)) return bad(`\`${revision}\` is no revision`);
  if (rest.length === 0) return { kind: "hub", hub: { owner, name, revision: wanted } };
  const file = rest.join("/");
  if (!rest.every(isSegment)) return bad(`\`${file}\` is no file of a repository`);
  return { kind: "hub", hub: { owner, name, revision: wanted, file } };
}

/** These become parts of paths; `..` is none. */
function isSegment(text: string): boolean {
  return text.length <= 200 && SEGMENT.test(text) && !text.includes("..");
}

/** A slash in a branch's name is written %2F. */
function decoded(revision: string): string | undefined {
  try {
    return decodeURIComponent(revision);
  } catch {
    return undefined;
  }
}
