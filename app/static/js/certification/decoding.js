/**
 * Reads a QR code in an image: by the browser's own detector where it has one, else by a decoder
 * that is fetched when it is needed (desktop Chromium, Firefox and Safari have none).
 */
const LONGEST_SIDE = 1200;

async function nativeDetector() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await window.BarcodeDetector.getSupportedFormats();
  return formats.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
}

function pixelsOf(source, width, height) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.drawImage(source, 0, 0, canvas.width, canvas.height);
  return brush.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * @returns {Promise<function((HTMLVideoElement|ImageBitmap), number, number): Promise<string|null>>}
 *   Reads the code in a picture of the given size; null if it sees none.
 */
export async function reader() {
  const detector = await nativeDetector().catch(() => null);
  if (detector) {
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
  }
  const { decodeQR } = await import("../../vendor/qr/decode.js");
  return async (source, width, height) => {
    try {
      return decodeQR(pixelsOf(source, width, height)) ?? null;
    } catch {
      return null; // the decoder throws where it sees no code
    }
  };
}
