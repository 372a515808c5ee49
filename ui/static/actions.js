// Copying an answer with its footnotes, copying its link, and rating it.
import { say } from "./aloud.js";

const copyBy = (contents) => {
  const set = (event) => {
    for (const [type, text] of Object.entries(contents)) event.clipboardData.setData(type, text);
    event.preventDefault();
  };
  document.addEventListener("copy", set, { once: true });
  const done = document.execCommand("copy"); // the clipboard's newer interface is for https only
  document.removeEventListener("copy", set);
  return done;
};

const confirm = (button, done) => {
  const { done: success, failed } = button.dataset;
  say(done ? success : failed);
  button.classList.toggle("done", done);
  setTimeout(() => button.classList.remove("done"), 2500);
};

const footnoted = (copied) => {
  const paragraphs = [...copied.cloneNode(true).children];
  for (const link of paragraphs.flatMap((paragraph) => [...paragraph.querySelectorAll("a")])) {
    const address = link.href; // ours are written without an origin
    link.textContent = address;
    link.href = address;
  }
  return {
    "text/plain": paragraphs.map((paragraph) => paragraph.textContent).join("\n"),
    "text/html": paragraphs.map((paragraph) => paragraph.outerHTML).join(""),
  };
};

document.addEventListener("click", (event) => {
  const copy = event.target.closest("button.copy");
  if (copy) confirm(copy, copyBy(footnoted(copy.parentElement.querySelector(".copied"))));
  const share = event.target.closest("button.share");
  if (share) confirm(share, copyBy({ "text/plain": new URL(share.dataset.link, document.baseURI).href }));
});

const KEY = "tanya-rated";
const MOST_RATED = 100;
const rated = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return []; // storage is forbidden
  }
};
const given = new Map(rated()); // where to -> the verdict that was saved there
const give = (to, verdict) => {
  given.set(to, verdict);
  try {
    localStorage.setItem(KEY, JSON.stringify([...given].slice(-MOST_RATED)));
  } catch {
    // it lasts as long as the page
  }
};

const post = async (rating, feedback) => {
  const isBare = !feedback.reason && !feedback.comment;
  if (isBare && given.get(rating.dataset.to) === feedback.verdict) return true; // it may have its reason
  let saved = false;
  try {
    const answered = await fetch(rating.dataset.to, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(feedback),
    });
    saved = answered.ok;
    if (saved) give(rating.dataset.to, feedback.verdict);
  } catch {
    // told below
  }
  const told = rating.parentElement.querySelector(".rated") ?? document.createElement("p");
  told.className = "rated";
  told.textContent = saved ? rating.dataset.done : rating.dataset.failed;
  rating.parentElement.append(told);
  say(told.textContent);
  return saved;
};

let sending = Promise.resolve();
const send = (rating, feedback) => (sending = sending.then(() => post(rating, feedback))); // the last one counts

const press = (rating, verdict) => {
  for (const thumb of rating.querySelectorAll(".thumb"))
    thumb.setAttribute("aria-pressed", String(thumb.dataset.verdict === verdict));
};

// What is drawn anew, by a question or on another day, shows nothing of what was said of it.
const pressGiven = () => {
  for (const rating of document.querySelectorAll(".rating"))
    if (given.has(rating.dataset.to)) press(rating, given.get(rating.dataset.to));
};
new MutationObserver(pressGiven).observe(document.getElementById("tanya-log"), { childList: true, subtree: true });
pressGiven();

document.addEventListener("click", async (event) => {
  const thumb = event.target.closest(".thumb");
  if (!thumb) return;
  const rating = thumb.closest(".rating");
  const { verdict } = thumb.dataset;
  const reasons = rating.parentElement.querySelector("form.reasons");
  press(rating, verdict);
  reasons.hidden = verdict !== "wrong";
  if (verdict === "wrong") reasons.querySelector("select").focus();
  if (await send(rating, { verdict })) return;
  press(rating, given.get(rating.dataset.to));
  if (reasons.contains(document.activeElement)) thumb.focus();
  reasons.hidden = true;
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.act !== "rate") return;
  event.preventDefault();
  const rating = form.parentElement.querySelector(".rating");
  const { reason, comment } = Object.fromEntries(new FormData(form));
  const saved = await send(rating, { verdict: "wrong", reason: reason || null, comment: comment.trim() || null });
  form.hidden = saved;
  if (saved) rating.querySelector(".wrong").focus();
});
