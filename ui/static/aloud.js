// What is said to those who listen: a live region that outlives every update.
const aloud = document.createElement("div");
aloud.className = "tanya-aloud";
aloud.setAttribute("role", "status");
document.querySelector("main")?.append(aloud);

const PAUSE_MS = 50; // emptied for so long, the region says the same text a second time
let saying;
export const say = (text, language = document.documentElement.lang) => {
  clearTimeout(saying);
  aloud.textContent = "";
  aloud.lang = language;
  saying = setTimeout(() => (aloud.textContent = text), PAUSE_MS);
};
