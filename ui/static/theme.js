// Runs before the page is drawn, so that a chosen theme never flashes; Gradio takes its class away once.
(() => {
  const kept = () => {
    try {
      return localStorage.getItem("tanya-theme");
    } catch {
      return null; // storage is forbidden
    }
  };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const theme = kept();
    const dark = theme === "dark" || (theme !== "light" && prefersDark.matches);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    if (document.body && document.body.classList.contains("dark") !== dark)
      document.body.classList.toggle("dark", dark);
  };
  const begin = () => {
    apply();
    new MutationObserver(apply).observe(document.body, { attributeFilter: ["class"] });
  };
  apply();
  if (document.body) begin();
  else
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      observer.disconnect();
      begin();
    }).observe(document.documentElement, { childList: true });
  prefersDark.addEventListener("change", apply);
  addEventListener("tanya:theme", apply);
})();
