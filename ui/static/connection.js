// Says when the server can't be reached, and when it can again.
const PAUSE_MS = 3000;
const line = () => document.querySelector("#tanya-header .unreachable");
const ask = window.fetch.bind(window);
let lost = false;
let leaving = false; // then the browser breaks off what is under way

const told = (reached) => {
  if (reached === !lost) return;
  lost = !reached;
  const shown = line();
  if (shown) shown.hidden = reached;
  if (lost) setTimeout(look, PAUSE_MS);
};

const look = async () => {
  try {
    await ask("/manifest.json", { cache: "no-store" });
    location.reload(); // the conversation is kept; the connection of this page is not
  } catch {
    setTimeout(look, PAUSE_MS);
  }
};

window.fetch = async (...request) => {
  try {
    return await ask(...request);
  } catch (error) {
    if (error.name !== "AbortError" && !leaving) told(false);
    throw error;
  }
};
addEventListener("beforeunload", () => (leaving = true));
addEventListener("offline", () => told(false));
document.addEventListener("click", (event) => {
  if (event.target.closest("button.reload")) location.reload();
});
