// Speed for the hands only: every action here is a link or a form that works without it.
"use strict";
(() => {
  const rows = [...document.querySelectorAll("[data-list] [data-row]")];
  let at = -1;
  const go = (n) => {
    if (!rows.length) return;
    if (at >= 0) rows[at].classList.remove("here");
    at = Math.max(0, Math.min(rows.length - 1, n));
    rows[at].classList.add("here");
    const link = rows[at].querySelector("[data-open], a");
    if (link) link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };
  rows.forEach((row, i) => row.addEventListener("focusin", () => {
    if (at >= 0) rows[at].classList.remove("here");
    at = i;
    row.classList.add("here");
  }));

  const picked = () => document.querySelectorAll("form").forEach((f) => {
    const out = f.querySelector("[data-picked]");
    if (out) out.textContent = f.querySelectorAll(".pick input:checked").length;
  });
  document.addEventListener("change", (e) => {
    if (e.target.matches(".pick input")) picked();
    const form = e.target.closest("form[data-auto]");
    if (form && e.target.matches("select")) form.requestSubmit();
  });
  // Shift picks a run of rows, as in a mail program.
  let last = null;
  document.addEventListener("click", (e) => {
    if (!e.target.matches(".pick input")) return;
    const all = [...e.target.closest("table").querySelectorAll(".pick input")];
    if (e.shiftKey && last && all.includes(last)) {
      const [a, b] = [all.indexOf(last), all.indexOf(e.target)].sort((x, y) => x - y);
      all.slice(a, b + 1).forEach((box) => { box.checked = e.target.checked; });
    }
    last = e.target;
    picked();
  });
  picked();

  const help = document.getElementById("help");
  document.querySelectorAll("[data-help]").forEach((b) => {
    b.hidden = false;
    b.addEventListener("click", () => help.showModal());
  });

  // A key acts on the row the person is on, or else on the page.
  const act = (key) => {
    const inRow = at >= 0 && rows[at].querySelector(`[data-key="${key}"]`);
    const target = inRow || [...document.querySelectorAll(`[data-key="${key}"]`)].find((el) => !el.closest("[data-row]"));
    if (target) target.click();
    return Boolean(target);
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const typing = e.target.matches("input:not([type=checkbox]), textarea, select");
    if (e.key === "Escape" && typing) return e.target.blur();
    if (typing || (help && help.open)) return;
    switch (e.key) {
      case "j": go(at + 1); break;
      case "k": go(at - 1); break;
      case "x": {
        const box = at >= 0 && rows[at].querySelector(".pick input");
        if (box) { box.checked = !box.checked; picked(); }
        break;
      }
      case "Enter": {
        if (e.target !== document.body) return;
        const link = at >= 0 && rows[at].querySelector("[data-open]");
        if (link) link.click();
        break;
      }
      case "/": { const find = document.getElementById("find"); if (find) find.focus(); break; }
      case "?": if (help) help.showModal(); break;
      case "c": case "d": case "s": case "m": case "u": case "b": if (!act(e.key)) return; break;
      default:
        if (!/^[1-9]$/.test(e.key) || !act(e.key)) return;
    }
    e.preventDefault();
  });

  // What is going on elsewhere is asked for again until it is over.
  const live = document.querySelector("[data-live]");
  const ask = async () => {
    try {
      const answer = document.hidden ? null : await fetch(live.dataset.live);
      if (answer && answer.redirected) return location.reload();
      if (answer && answer.ok) live.innerHTML = await answer.text();
    } catch { /* the workbench is being started again */ }
    if (!live.querySelector("[data-over]")) setTimeout(ask, 1500);
  };
  if (live && live.dataset.live) setTimeout(ask, 1000);

  // One menu open at a time; a click elsewhere closes it.
  document.addEventListener("click", (e) => {
    document.querySelectorAll("details.who[open], details.export[open]").forEach((d) => {
      if (!d.contains(e.target)) d.open = false;
    });
  });
  // A decision sent twice by a double click would be refused the second time.
  document.addEventListener("submit", (e) => {
    if (e.target.method !== "post") return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    e.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));
})();
