// Fetches URL?n=0, 1, 2 with the header sets on standard input, by Node's http.get.
const http = require('http');
const sets = JSON.parse(require('fs').readFileSync(0, 'utf8'));
(async () => {
  for (let number = 0; number < sets.length; number++) {
    await new Promise((done) => http.get(`${process.argv[2]}?n=${number}`,
      {headers: Object.fromEntries(sets[number])}, (answer) => answer.resume().on('end', done)));
  }
})();
