// What is said to those who listen: a live region that outlives every update.
const aloud = document.createElement("div");
aloud.className = "tanya-aloud";
aloud.setAttribute("role", "status");
document.querySelector("main")?.append(aloud);

export const say = (text) => {
  aloud.textContent = text;
};
