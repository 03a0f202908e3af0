// What leaves the page: the drawing as a file, and all steps on paper.
function saveSvg() {}
function printAll() {}
