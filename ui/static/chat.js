// Runs once, when the chat has opened: the page's language, the [1] marks, and what is said aloud.
() => {
  const indonesian = ["id", "ms", "jv", "su"];
  const spoken = navigator.languages.map((tag) => tag.split("-")[0].toLowerCase());
  const first = spoken.find((language) => language === "en" || indonesian.includes(language));
  document.documentElement.lang = first === "en" ? "en" : "id";

  const aloud = document.createElement("div");
  aloud.className = "tanya-aloud";
  aloud.setAttribute("role", "status");
  document.body.append(aloud);

  // Gradio's <base> turns "#source-0-1" into another page where the address has a query.
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("a.mark");
    const card = mark && document.getElementById(mark.getAttribute("href").slice(1));
    if (!card) return;
    event.preventDefault();
    card.closest("details")?.setAttribute("open", "");
    for (const other of document.querySelectorAll(".card.chosen")) other.classList.remove("chosen");
    card.classList.add("chosen");
    card.scrollIntoView({ block: "nearest" });
    card.focus({ preventScroll: true });
  });

  const log = document.getElementById("tanya-log");
  const follow = () => {
    const last = log.querySelector(".exchange:last-child");
    if (!last) return;
    const seen = log.getBoundingClientRect();
    const { top, bottom } = last.getBoundingClientRect();
    if (top < Math.max(0, seen.top) || bottom > Math.min(innerHeight, seen.bottom)) last.scrollIntoView();
    const reply = last.querySelector(".reply");
    if (reply && aloud.textContent !== reply.innerText) aloud.textContent = reply.innerText;
  };
  new MutationObserver(follow).observe(log, { childList: true, subtree: true });
  new ResizeObserver(follow).observe(log); // the buttons below come after the answer, and take room from it
};
