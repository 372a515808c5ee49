// Says when the server can't be reached, and when it can again.
const PAUSE_MS = 3000;
const ask = window.fetch.bind(window);
let lost = false;
let leaving = false; // then the browser breaks off what is under way

const reached = async () => {
  try {
    return (await ask("../manifest.json", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
};

const look = async () => {
  if (await reached()) location.reload(); // what was said and typed is kept; the connection of this page is not
  else setTimeout(look, PAUSE_MS);
};

const lose = () => {
  if (lost) return;
  lost = true;
  const line = document.querySelector("#tanya-header .unreachable");
  if (line) line.hidden = false;
  setTimeout(look, PAUSE_MS);
};

window.fetch = async (...request) => {
  try {
    return await ask(...request);
  } catch (error) {
    if (error.name !== "AbortError" && !leaving) lose();
    throw error;
  }
};
addEventListener("beforeunload", () => (leaving = true));
addEventListener("offline", async () => {
  if (!(await reached())) lose(); // a server on this machine or in this house needs no internet
});
document.addEventListener("click", (event) => {
  if (event.target.closest("button.reload")) location.reload();
});
