/** Filters the list of cells. The page is whole without it. */

export const SCRIPT = `
(() => {
  const bar = document.querySelector(".filters");
  if (!bar) return;
  const cells = [...document.querySelectorAll(".trial")];
  const search = bar.querySelector("input");
  const [experiment, status] = bar.querySelectorAll("select");
  const shown = bar.querySelector("output");
  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const cell of cells) {
      const { text, experiment: of, status: is } = cell.dataset;
      const fits =
        words.every((word) => text.includes(word)) &&
        (experiment.value === "" || experiment.value === of) &&
        (status.value === "" || status.value === is);
      cell.hidden = !fits;
      count += fits ? 1 : 0;
    }
    shown.textContent = count + " of " + cells.length;
  };
  bar.hidden = false;
  for (const control of [search, experiment, status]) control.addEventListener("input", apply);
  apply();
})();
`;
