// All files are read: show the page.
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
if (matchMedia("(max-width: 900px)").matches) $("legend").open = false; // there it would take half of the picture's room
for (const b of document.querySelectorAll("[data-mode]")) b.setAttribute("aria-checked", b.dataset.mode === state.mode);
translate();
notice();
if (TAPE.nodes.length) fit(); else { grow(12); draw(); }
followLink();
