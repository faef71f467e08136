// The search reads the articles themselves: terms first, then names, then all words.
(function () {
  var input = document.getElementById("search"), list = document.getElementById("found");
  var menu = document.getElementById("menu");
  function plain(text) { return text.toLowerCase().replace(/[-_\s]+/g, " ").trim(); }
  var items = Array.prototype.map.call(document.querySelectorAll("article"), function (node) {
    return { id: node.id, name: plain(node.id.replace(/[.:]/g, " ")), title: node.dataset.title,
      terms: plain(node.dataset.terms || "").split(/ *; */),
      text: plain(node.textContent) };
  });
  function score(item, query, words) {
    var total = item.terms.indexOf(query) >= 0 || item.name.split(" ").pop() === query
      || item.id.toLowerCase() === query ? 100 : 0;
    if (item.text.indexOf(query) >= 0) total += 5;
    for (var k = 0; k < words.length; k++) {
      var inName = item.name.indexOf(words[k]) >= 0;
      var inTerms = item.terms.some(function (term) { return term.indexOf(words[k]) >= 0; });
      var at = item.text.indexOf(words[k]);
      if (!inName && !inTerms && at < 0) return total;
      total += inName ? 8 : inTerms ? 6 : at < 300 ? 3 : 1;
    }
    return total + 1;
  }
  function show() {
    var query = plain(input.value), words = query.split(" ").filter(Boolean);
    list.textContent = "";
    if (!query) return;
    items.map(function (item) { return { item: item, score: score(item, query, words) }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score || (a.item.id < b.item.id ? -1 : 1); })
      .slice(0, 12).forEach(function (hit) {
        var li = document.createElement("li"), a = document.createElement("a");
        var small = document.createElement("small");
        a.href = "#" + hit.item.id;
        a.textContent = hit.item.id;
        small.textContent = hit.item.title;
        li.appendChild(a);
        li.appendChild(small);
        list.appendChild(li);
      });
    if (!list.firstChild) {
      var none = document.createElement("li");
      none.textContent = "nothing found";
      list.appendChild(none);
    }
  }
  input.addEventListener("input", show);
  input.addEventListener("keydown", function (event) {
    var first = list.querySelector("a");
    if (event.key === "Enter" && first) location.hash = first.getAttribute("href");
    if (event.key === "Escape") { input.value = ""; show(); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && document.activeElement !== input) {
      event.preventDefault();
      input.focus();
    }
  });
  if (window.matchMedia("(max-width: 56rem)").matches) menu.open = false;
})();
