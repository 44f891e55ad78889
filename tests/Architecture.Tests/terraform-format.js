// terraform-format.js TOOLS FILE...: names the files that terraform's own formatter, compiled to WebAssembly, would write otherwise.
const fs = require('fs');

const [tools, ...files] = process.argv.slice(2);
const { format } = require(tools);

(async () => {
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8');
    if ((await format(text)) !== text) console.log(file);
  }
})();
