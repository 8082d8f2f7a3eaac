/** The lab's own WebAssembly, put in where the child is bundled; see scripts/labKernels.mjs. */
declare module 'lab-kernels/*' {
  const module: Uint8Array<ArrayBuffer>;
  export default module;
}
