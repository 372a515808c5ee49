// The quote behind a numbered mark: shown on hover, focus and tap; Escape or a click elsewhere closes it.
const GAP = 6;
const quoteOf = (mark) => document.getElementById(mark.getAttribute("popovertarget"));
const isOpen = (quote) => quote.matches(":popover-open");

const place = (mark, quote) => {
  const at = mark.getBoundingClientRect();
  const { width, height } = quote.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(at.left - 12, innerWidth - width - GAP));
  const below = at.bottom + GAP;
  const top = below + height > innerHeight && at.top - height - GAP > 0 ? at.top - height - GAP : below;
  quote.style.left = `${left}px`;
  quote.style.top = `${top}px`;
};

const show = (mark) => {
  const quote = quoteOf(mark);
  if (!quote || isOpen(quote)) return;
  quote.showPopover({ source: mark });
  place(mark, quote);
};
const hide = (quote) => {
  if (quote && isOpen(quote)) quote.hidePopover();
};

let leaving;
document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  const mark = event.target.closest(".mark");
  const quote = event.target.closest(".quote");
  if (mark || quote) clearTimeout(leaving);
  if (mark) show(mark);
});
document.addEventListener("pointerout", (event) => {
  if (event.pointerType !== "mouse") return;
  const from = event.target.closest(".mark, .quote");
  if (!from || event.relatedTarget?.closest?.(".mark, .quote") === from) return;
  const quote = from.matches(".mark") ? quoteOf(from) : from;
  if (quote?.dataset.pinned) return;
  clearTimeout(leaving);
  leaving = setTimeout(() => hide(quote), 250); // time to move from the mark into its quote
});

let closing; // the quote that is: the focus goes back to its mark, which must not open it again
document.addEventListener("beforetoggle", (event) => {
  if (!event.target.matches?.(".quote") || event.newState !== "closed") return;
  closing = event.target;
  setTimeout(() => (closing = undefined));
}, true);
document.addEventListener("focusin", (event) => {
  const mark = event.target.closest(".mark");
  if (mark?.matches(":focus-visible") && quoteOf(mark) !== closing) show(mark);
});
document.addEventListener("focusout", (event) => {
  const from = event.target.closest(".mark, .quote");
  if (!from || !event.relatedTarget) return;
  const quote = from.matches(".mark") ? quoteOf(from) : from;
  const stays = quote.contains(event.relatedTarget) || event.relatedTarget.getAttribute("popovertarget") === quote.id;
  if (!stays) hide(quote);
});

document.addEventListener("click", (event) => {
  const mark = event.target.closest(".mark");
  if (!mark) return;
  event.preventDefault(); // hovering opened it: the browser would close it again
  const quote = quoteOf(mark);
  if (quote.dataset.pinned && isOpen(quote)) return hide(quote);
  show(mark);
  quote.dataset.pinned = "yes";
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".quote") && event.newState === "closed") delete event.target.dataset.pinned;
}, true);

for (const moved of ["scroll", "resize"])
  addEventListener(moved, ({ target }) => {
    if (target.closest?.(".quote")) return; // a long quote is scrolled itself
    for (const quote of document.querySelectorAll(".quote:popover-open")) {
      const mark = document.querySelector(`.mark[popovertarget="${quote.id}"]:focus-visible`);
      if (mark) place(mark, quote); // reaching it by the keyboard is what moved the page
      else hide(quote);
    }
  }, true);

document.addEventListener("click", (event) => {
  const way = event.target.closest("a.to-source");
  const card = way && document.getElementById(way.getAttribute("href").slice(1));
  if (!card) return;
  event.preventDefault(); // Gradio's <base> makes another page of "#…"
  hide(way.closest(".quote"));
  card.closest("details")?.setAttribute("open", "");
  for (const other of document.querySelectorAll(".card.chosen")) other.classList.remove("chosen");
  card.classList.add("chosen");
  card.scrollIntoView({ block: "nearest" });
  card.focus({ preventScroll: true });
});
