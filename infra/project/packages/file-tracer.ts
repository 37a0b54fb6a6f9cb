// Bundled into the built package by scripts/bundle-packages.mjs: with all that it depends on it would be 38 packages.
export { nodeFileTrace } from "@vercel/nft";
