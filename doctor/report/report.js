(function () {
  "use strict";
  var live = document.getElementById("said");
  var closed = [];

  function say(text) {
    // Emptied first: the same words twice in a row would not be read again.
    live.textContent = "";
    window.setTimeout(function () { live.textContent = text; }, 50);
  }

  function mark(node) {
    var range = document.createRange();
    range.selectNodeContents(node);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return selection;
  }

  function told(button, done) {
    var face = button.firstElementChild;
    face.textContent = done ? "Copied" : "Selected";
    say(done ? "Copied" + button.lastElementChild.textContent
      : "Selected, not copied: press Control C or Command C");
    window.setTimeout(function () { face.textContent = "Copy"; }, 2000);
  }

  function by_hand(button, node) {
    // A page from disk may have no clipboard of its own: the old way, and else the reader's keys.
    var selection = mark(node);
    var done = false;
    try { done = document.execCommand("copy"); } catch (error) { done = false; }
    if (done) { selection.removeAllRanges(); }
    told(button, done);
  }

  function copy(button) {
    var node = document.getElementById(button.getAttribute("data-copy"));
    if (!navigator.clipboard || !navigator.clipboard.writeText) {
      by_hand(button, node);
      return;
    }
    navigator.clipboard.writeText(node.textContent).then(
      function () { told(button, true); },
      function () { by_hand(button, node); }
    );
  }

  document.querySelectorAll("button[data-copy]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { copy(button); });
  });
  if (/^Win/.test(navigator.platform || "")) {
    document.querySelectorAll("input[value=pwsh]").forEach(function (one) { one.checked = true; });
  }
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    closed.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (one) { one.open = false; });
    closed = [];
  });
}());
