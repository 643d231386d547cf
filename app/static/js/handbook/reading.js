/** Keeps which section of the chapter is read, so that the contents lead back to it. */
const STAYED_MS = 4000;
const article = document.querySelector("[data-position-url]");
const token = document.querySelector("meta[name=csrf-token]").content;

let seen = "";
let kept = "";
let timer = 0;

async function keep() {
  if (!seen || seen === kept) return;
  const anchor = seen;
  try {
    const answer = await fetch(article.dataset.positionUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ chapter: Number(article.dataset.chapter), anchor }),
      keepalive: true,
    });
    if (answer.ok) kept = anchor;
  } catch {
    // Offline: the next section tries again.
  }
}

const watch = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) seen = entry.target.id;
    clearTimeout(timer);
    timer = setTimeout(keep, STAYED_MS);
  },
  { rootMargin: "0px 0px -40% 0px" },
);

for (const heading of article.querySelectorAll("section > h2[id]")) watch.observe(heading);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keep();
});
