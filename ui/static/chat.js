// Runs once, when the chat has opened. Gradio patches the markup in place, so that all listeners are on the
// document, and what a script changed lasts until the next update.
import "./actions.js";
import "./connection.js";
import "./draft.js";
import "./menus.js";
import "./quotes.js";
import { say } from "./aloud.js";

const log = document.getElementById("tanya-log");
log.tabIndex = -1;
document.getElementById("tanya-ask").setAttribute("role", "search");

const tell = (detail) => {
  log.querySelector(".html-container > div").dispatchEvent(new CustomEvent("tanya:act", { detail }));
  log.querySelector(".exchange:last-child").focus({ preventScroll: true }); // what was pressed goes away
};

const names = (text) => text.split(",").map((name) => name.trim()).filter(Boolean);

const formEdits = (form) => {
  const typed = Object.fromEntries(new FormData(form));
  const [from, to] = typed.from && typed.to ? [typed.from, typed.to].sort() : [typed.from, typed.to];
  return {
    language: typed.language,
    query: typed.query.trim() || null,
    period: { published_from: from || null, published_to: to || null },
    outlets: names(typed.outlets),
    places: names(typed.places),
  };
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.act !== "again") return;
  event.preventDefault();
  tell({ act: "edit", question: form.elements.question.value, edits: formEdits(form) });
});

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-edit], [data-ask], [data-field]");
  if (!pressed) return;
  const { edit, ask, field } = pressed.dataset;
  if (edit || ask) pressed.disabled = true; // once is enough; the next update takes it away
  if (edit) tell({ act: "edit", edits: JSON.parse(edit) });
  if (ask) tell({ act: "ask", question: ask });
  if (field) {
    const details = pressed.closest(".understood").querySelector("details.edits");
    details.open = true;
    details.querySelector(`[name="${field}"]`).focus();
  }
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.edits[open]")) event.target.querySelector("form").scrollIntoView({ block: "nearest" });
}, true);

document.addEventListener("click", (event) => {
  if (!event.target.closest("a.skip")) return;
  event.preventDefault(); // Gradio's <base> makes another page of "#…"
  document.querySelector("#tanya-question textarea").focus();
});

document.addEventListener("click", (event) => {
  // These buttons go away once they are pressed, and the focus would with them.
  if (event.target.closest("#tanya-submit, #tanya-stop, #tanya-tools button, button.example"))
    log.focus({ preventScroll: true });
});

const FOLLOWS_MS = 1000;
let told;
let followed = -Infinity;
const follow = () => {
  const last = log.querySelector(".exchange:last-child");
  if (!last) return;
  const reply = last.querySelector(".told");
  const text = reply?.innerText;
  if (!text || text === told) return;
  told = text;
  followed = performance.now();
  const seen = log.getBoundingClientRect();
  const { top, bottom } = last.getBoundingClientRect();
  if (top < Math.max(0, seen.top) || bottom > Math.min(innerHeight, seen.bottom)) last.scrollIntoView();
  say(text, (reply.querySelector(".statement [lang]") ?? reply.closest("[lang]")).lang);
};
new MutationObserver(follow).observe(log, { childList: true, subtree: true, characterData: true });
new ResizeObserver(() => {
  // The buttons below come after the answer, and take room from it; what grows later is unfolded by hand.
  if (performance.now() - followed > FOLLOWS_MS) return;
  const last = log.querySelector(".exchange:last-child");
  if (last && last.getBoundingClientRect().bottom > Math.min(innerHeight, log.getBoundingClientRect().bottom))
    last.scrollIntoView();
}).observe(log);
follow();
