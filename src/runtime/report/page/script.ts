/**
 * Filters the list of cells, unpacks what is held back, and shows at once what a mark says. The page's findings and
 * figures are whole without it. Everything put into the page was escaped when it was packed.
 */

export const SCRIPT = `
(() => {
  const holder = document.getElementById("packed");
  let unpacked;
  const unpack = () =>
    (unpacked ??= (async () => {
      if (!holder) return { parts: [], listed: [] };
      const bytes = Uint8Array.from(atob(holder.textContent.trim()), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      return JSON.parse(await new Response(stream).text());
    })());
  const fill = async (within) => {
    for (const place of within.querySelectorAll("[data-part]")) {
      if (place.closest("details:not([open])") || place.dataset.part === "") continue;
      const { parts } = await unpack();
      place.innerHTML = parts[Number(place.dataset.part)] ?? "";
      place.dataset.part = "";
      await fill(place);
    }
  };
  document.addEventListener("toggle", (event) => event.target.open && fill(event.target), true);

  const reveal = async () => {
    const name = decodeURIComponent(location.hash.slice(1));
    if (!name.startsWith("init-")) return;
    const all = document.querySelector("#inits .card > details");
    if (all && !document.getElementById(name)) {
      all.open = true;
      await fill(all);
    }
    const found = document.getElementById(name);
    for (let each = found; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    if (found) {
      await fill(found);
      found.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();

  const bar = document.querySelector(".filters");
  if (bar) {
    const list = document.querySelector("#cells .list");
    const more = document.querySelector(".more-cells");
    const still = [...list.children].map((node) => [node.dataset.text, node.dataset.experiment, node.dataset.status, node]);
    const search = bar.querySelector("input");
    const [experiment, status] = bar.querySelectorAll("select");
    const shown = bar.querySelector("output");
    const PAGE = still.length || 100;
    let entries = still;
    let found = still;
    let upTo = PAGE;
    const nodeOf = (entry) => {
      if (typeof entry[3] === "string") {
        const template = document.createElement("template");
        template.innerHTML = entry[3];
        entry[3] = template.content.firstElementChild;
      }
      return entry[3];
    };
    const draw = () => {
      list.replaceChildren(...found.slice(0, upTo).map(nodeOf));
      const left = found.length - Math.min(upTo, found.length);
      more.hidden = left === 0;
      more.textContent = "Show " + Math.min(PAGE, left) + " more of " + left;
      shown.textContent = found.length + " of " + entries.length + (entries.length === 1 ? " cell" : " cells");
    };
    const apply = () => {
      const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
      found = entries.filter(
        ([text, of, is]) =>
          words.every((word) => text.includes(word)) &&
          (experiment.value === "" || experiment.value === of) &&
          (status.value === "" || status.value === is),
      );
      upTo = PAGE;
      draw();
    };
    bar.hidden = false;
    for (const control of [search, experiment, status]) control.addEventListener("input", apply);
    more.addEventListener("click", () => {
      upTo += PAGE;
      draw();
    });
    draw();
    if (holder)
      unpack().then(({ listed }) => {
        entries = still.concat(listed);
        apply();
      });
  }

  // what is wider than its place can be scrolled by keyboard, and fades where it goes on
  const wide = [...document.querySelectorAll(".scroll, figure .drawing")];
  const edge = (place) => {
    const scrolls = place.scrollWidth > place.clientWidth + 1;
    if (scrolls) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
    place.classList.toggle("cut", scrolls && place.scrollLeft + place.clientWidth < place.scrollWidth - 1);
  };
  const edges = () => wide.forEach(edge);
  for (const place of wide) place.addEventListener("scroll", () => edge(place), { passive: true });
  addEventListener("resize", edges, { passive: true });
  edges();

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  const said = new WeakMap();
  const show = (event) => {
    const mark = event.target.closest?.("figure svg *");
    const title = mark && mark.querySelector(":scope > title");
    if (title) {
      said.set(mark, title.textContent);
      title.remove();
    }
    const text = mark && said.get(mark);
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = Math.max(8, Math.min(event.clientX + 12, room)) + "px";
    tip.style.top = event.clientY + (event.clientY > 90 ? -tip.offsetHeight - 12 : 16) + "px";
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", () => (tip.hidden = true), { passive: true });
})();
`;
