// A job's page brings its figures up to date by itself; without this script it is loaded anew.
const PARTS = ["state", "progress", "cancel"];

async function refresh() {
  let pause = 1000;
  let page = document;
  try {
    const response = await fetch(location.href);
    if (response.ok) {
      page = new DOMParser().parseFromString(await response.text(), "text/html");
    }
  } catch {
    pause = 5000; // the service may be starting anew
  }
  for (const part of PARTS) {
    const shown = document.getElementById(part);
    const told = page.getElementById(part);
    // What says the same is left alone: a button keeps the focus, a screen reader says nothing twice.
    if (shown && told && shown.innerHTML !== told.innerHTML) {
      const held = shown.contains(document.activeElement);
      shown.innerHTML = told.innerHTML;
      if (held) {
        document.getElementById("state").focus(); // the button that had it is gone
      }
    }
  }
  if (page.querySelector("[data-going]")) {
    setTimeout(refresh, pause);
  }
}

if (document.querySelector("[data-going]")) {
  setTimeout(refresh, 1000);
}
