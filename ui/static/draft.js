// What is typed and not yet asked outlives a reload of the page.
const KEY = "tanya-draft";
const box = document.querySelector("#tanya-question textarea");

addEventListener("pagehide", () => {
  try {
    sessionStorage.setItem(KEY, box.value);
  } catch {
    // storage is forbidden
  }
});

try {
  const kept = sessionStorage.getItem(KEY);
  if (kept && !box.value) {
    box.value = kept;
    box.dispatchEvent(new Event("input", { bubbles: true })); // which tells Gradio
  }
} catch {
  // storage is forbidden
}
