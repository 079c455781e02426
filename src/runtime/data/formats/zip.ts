/** The reader of zips, loaded where one is met: bundled, a package of CommonJS has its names only where they are imported. */

export { openPromise } from "yauzl";
