// Keys and copying: all that a page can do without, and no more. Everything here is also a link.
"use strict";

const said = document.getElementById("said");
let place = -1;

function say(text) {
  said.textContent = text;
  setTimeout(() => { said.textContent = ""; }, 2500);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    say("The browser does not allow copying here");
  }
}

// What j and k go through: hits, or the paragraphs of an article.
function steps() {
  return [...document.querySelectorAll(".hit, .text > p[id]")];
}

function go(by) {
  const all = steps();
  if (!all.length) return;
  all[place]?.classList.remove("here");
  place = Math.min(Math.max(place + by, 0), all.length - 1);
  const here = all[place];
  here.classList.add("here");
  here.scrollIntoView({ block: "nearest" });
  here.querySelector("a").focus({ preventScroll: true });
}

// The citation of what is chosen, as /article/12/cite gives it.
async function copyCitation() {
  const here = steps()[place] ?? document.querySelector(".text > p:target");
  const cited = here?.querySelector("[data-cite]")?.dataset.cite;
  if (!cited) {
    const whole = document.getElementById("citation");
    if (whole) await copy(whole.textContent);
    return;
  }
  const [article, paragraph] = cited.split(":");
  const address = document.querySelector("[data-address]")?.dataset.address ?? article;
  const answer = await fetch(`/article/${address}/cite?p=${paragraph}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  await copy(page.getElementById("text1").textContent);
}

function follow(rel) {
  const link = document.querySelector(`main a[rel="${rel}"]`);
  if (link) location.assign(link.href);
}

const KEYS = {
  "/": () => document.getElementById("q").select(),
  j: () => go(1),
  k: () => go(-1),
  c: copyCitation,
  n: () => follow("next"),
  p: () => follow("prev"),
};

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select");
  if (writing && event.key === "Escape") writing.blur();
  if (writing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    copy(document.getElementById(button.dataset.copy).textContent);
  });
}

document.addEventListener("click", (event) => {
  const cite = event.target.closest(".text .cite");
  if (!cite || event.ctrlKey || event.metaKey || event.shiftKey || !navigator.clipboard) return;
  event.preventDefault();
  steps()[place]?.classList.remove("here");
  place = steps().indexOf(cite.closest("p"));
  copyCitation();
});

// What is like an article takes longer than its text, so it comes after it.
async function bringMore(section) {
  const answer = await fetch(section.dataset.more);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const alike = page.getElementById("alike");
  section.querySelector("p").replaceWith(document.adoptNode(alike));
}

const more = document.querySelector("[data-more]");
if (more) bringMore(more);
