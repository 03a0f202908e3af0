// All files are read: show the page.
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
const small = matchMedia("(max-width: 900px)"); // there the legend would take half of the picture's room
$("legend").open = !small.matches;
small.addEventListener("change", () => { $("legend").open = !small.matches; });
for (const b of document.querySelectorAll("[data-mode]")) b.setAttribute("aria-checked", b.dataset.mode === state.mode);
translate();
notice();
if (TAPE.nodes.length) fit(); else { grow(12); draw(); }
followLink();
if (TAPE.opens) mode(TAPE.opens.mode);
