// Ctrl-Enter (or Cmd-Enter) runs the query.
"use strict";
document.getElementById("q").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
