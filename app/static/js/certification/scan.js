/**
 * Scanning a certificate's code on the verification page: by camera, or from a photograph that
 * stays on the device. A page without this script still takes a number or the certificate's file.
 */
import { wordsOf } from "../text.js";
import { reader } from "./decoding.js";

const LOOK_MS = 150;
const NUMBER = /^[A-Za-z0-9 _-]{14,60}$/;

const words = wordsOf("scan-text");
const panel = document.querySelector("[data-scan]");
const dialog = panel?.querySelector("dialog");
const video = dialog?.querySelector("video");
const photo = panel?.querySelector("[data-scan-photo]");
const told = panel?.querySelector("[data-scan-told]");
const inDialog = dialog?.querySelector("[data-scan-said]");
let stream = null;

/** Goes to the page that a code leads to; says why if it leads elsewhere. */
function follow(text) {
  const target = addressOf(text.trim());
  if (target === null) return false;
  stop();
  location.assign(target);
  return true;
}

function addressOf(text) {
  if (NUMBER.test(text)) return `${panel.dataset.scan}?number=${encodeURIComponent(text)}`;
  let address;
  try {
    address = new URL(text);
  } catch {
    return null;
  }
  // A forged certificate may lead to a forged page: only this site's addresses are followed.
  const ours = address.host === location.host && address.pathname.startsWith("/v/");
  return ours ? address.pathname + address.hash : null;
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
  if (dialog.open) dialog.close();
}

async function look() {
  const read = await reader();
  let strange = "";
  while (stream !== null) {
    if (video.readyState >= video.HAVE_CURRENT_DATA) {
      const text = await read(video, video.videoWidth, video.videoHeight).catch(() => null);
      if (text && stream !== null && follow(text)) return;
      if (text && text !== strange) {
        strange = text;
        inDialog.textContent = words("strange");
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function begin() {
  told.textContent = "";
  inDialog.textContent = words("aim");
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } },
    });
  } catch (error) {
    told.textContent = words(error.name === "NotAllowedError" ? "refused" : "absent");
    return;
  }
  dialog.showModal();
  video.srcObject = stream;
  await video.play().catch(() => {});
  look().catch(() => {
    stop();
    told.textContent = words("broken");
  });
}

async function readPhoto() {
  const [file] = photo.files;
  photo.value = "";
  if (!file) return;
  told.textContent = words("reading");
  try {
    const [read, picture] = await Promise.all([reader(), createImageBitmap(file)]);
    const text = await read(picture, picture.width, picture.height);
    told.textContent = text === null ? words("none") : "";
    if (text !== null && !follow(text)) told.textContent = words("strange");
  } catch {
    told.textContent = words("no_picture");
  }
}

if (panel) {
  panel.hidden = false;
  const camera = panel.querySelector("[data-scan-camera]");
  camera.hidden = !navigator.mediaDevices?.getUserMedia;
  camera.addEventListener("click", begin);
  photo.addEventListener("change", readPhoto);
  dialog.querySelector("[data-scan-stop]").addEventListener("click", stop);
  dialog.addEventListener("close", stop);
}
