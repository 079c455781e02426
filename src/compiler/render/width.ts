/** How many columns a text takes in a terminal. */

const TAB = 2;

export function expandTabs(text: string): string {
  // control characters of untrusted text never reach the terminal
  return text.replaceAll("\t", " ".repeat(TAB)).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "�");
}

/** Text of a line with what a terminal would obey written out: names of files, and of what files hold. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const written = JSON.stringify(character).slice(1, -1);
    return written === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : written;
  });
}

/** Wide East Asian letters and emoji take two columns, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    width += letterWidth(letter.codePointAt(0) ?? 0, letter);
  }
  return width;
}

function letterWidth(code: number, letter: string): number {
  if (code < 0x300) {
    return 1;
  }
  if (/\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(letter)) {
    return 0;
  }
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}
