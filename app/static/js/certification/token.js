/**
 * The token of a scanned code stands after the # of the address, which no server is told. This
 * takes it out of the address and posts it, so that it stays out of histories and of links that are
 * passed on.
 */
const TOKEN = /^#([A-Za-z0-9_-]{104})$/;

const form = document.querySelector("[data-scan-token]");
const found = TOKEN.exec(location.hash);

if (form && found) {
  history.replaceState(null, "", location.pathname);
  form.elements.namedItem("token").value = found[1];
  form.submit();
}
