// The menus for language and theme. The language is in a cookie, for the server to speak it too.
const YEAR_S = 365 * 24 * 3600;
const root = new URL("..", document.baseURI).pathname; // the service may have a part of its host only
const log = document.getElementById("tanya-log");
const header = document.getElementById("tanya-header");

const keptTheme = () => {
  try {
    return localStorage.getItem("tanya-theme") ?? "system";
  } catch {
    return "system"; // storage is forbidden
  }
};

document.addEventListener("change", (event) => {
  const { menu } = event.target.dataset;
  const { value } = event.target;
  if (menu === "language") {
    document.cookie = `tanya_language=${value}; path=${root}; max-age=${YEAR_S}; samesite=lax`;
    log.querySelector(".html-container > div").dispatchEvent(new CustomEvent("tanya:speak"));
  }
  if (menu === "theme") {
    try {
      localStorage.setItem("tanya-theme", value);
    } catch {
      // it lasts as long as the page
    }
    dispatchEvent(new Event("tanya:theme"));
  }
});

const choose = () => {
  const shown = header.querySelector(".tanya-header");
  if (!shown) return; // Gradio is just replacing it
  document.documentElement.lang = shown.lang; // Gradio sets it to the browser's
  for (const menu of header.querySelectorAll("[data-menu=theme]")) menu.value = keptTheme();
};
new MutationObserver(choose).observe(header, { attributes: true, childList: true, subtree: true });
choose();
