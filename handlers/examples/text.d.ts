/** esbuild bundles a text file as a module that exports its content. */
declare module "*.txt" {
  const text: string;
  export default text;
}
