// Replaces the parts of the page that changed. Everything works without it; it only saves the reload.
"use strict";
(() => {
  const address = document.documentElement.dataset.live;
  if (!address) return;
  const live = document.getElementById("live");
  const show = (text) => { if (live.textContent !== text) live.textContent = text; };
  const source = new EventSource(address);
  source.onopen = () => show("live");
  source.onerror = () => show("connection lost, trying again");

  const isEdited = (part) => [...part.querySelectorAll("input:not([type=hidden]), select")].some((field) =>
    field === document.activeElement ||
    (field.tagName === "SELECT" ? [...field.options].some((o) => o.selected !== (o.defaultSelected || (o.index === 0 && !field.querySelector("[selected]")))) : field.value !== field.defaultValue));
  const scrolled = (part) => [...part.querySelectorAll(".wide, .log")].map((box) => ({
    left: box.scrollLeft, top: box.scrollTop, atEnd: box.scrollTop + box.clientHeight >= box.scrollHeight - 4 }));

  const replace = (id, html) => {
    const old = document.getElementById(id);
    // What a person is writing in is left alone until it is sent.
    if (!old || isEdited(old)) return;
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const part = holder.content.firstElementChild;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const boxes = scrolled(old);
    old.replaceWith(part);
    part.querySelectorAll(".wide, .log").forEach((box, i) => {
      if (!boxes[i]) return;
      box.scrollLeft = boxes[i].left;
      box.scrollTop = boxes[i].atEnd ? box.scrollHeight : boxes[i].top;
    });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
  for (const part of document.querySelectorAll("[data-fragment]")) {
    source.addEventListener(part.id, (event) => replace(part.id, event.data));
  }
})();
