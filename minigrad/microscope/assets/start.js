// All files are read: show the page.
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
if (TAPE.nodes.length > 60) for (const n of TAPE.nodes) if (n.module.includes(".")) state.folded.add(n.module.split(".").slice(0, 2).join("."));
modules();
draw();
for (const b of document.querySelectorAll("[data-mode]")) b.setAttribute("aria-checked", b.dataset.mode === state.mode);
translate();
fit();
goTo(0);
