// What a shop page does after it has loaded: fresh prices, stock as it changes, how many people are looking around.
(() => {
  "use strict";
  const page = document.querySelector("[data-product]");
  const show = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  const showStock = (left) => {
    const node = document.querySelector("[data-stock]");
    if (!node) return;
    node.classList.toggle("none", left === 0);
    show(node, left === 0 ? "Sold out, back soon" : left < 6 ? `Only ${left} left` : "In stock, sent tomorrow");
  };

  const refreshPrice = async (number) => {
    const answer = await fetch(`/api/price/${number}`, { headers: { Accept: "application/json" } });
    // Whoever protects the shop may want to ask first: the answer says where a person can be asked.
    if (answer.headers.get("Stile-Mitigated") === "challenge") location.assign((await answer.json()).challenge);
    if (!answer.ok) return;
    const offer = await answer.json();
    show(document.querySelector("[data-price]"), offer.price);
    showStock(offer.stock);
  };

  const followStock = (number) => {
    const stream = new EventSource(`/stock/stream?product=${number}`);
    stream.addEventListener("stock", (event) => showStock(JSON.parse(event.data).stock));
    addEventListener("pagehide", () => stream.close());
  };

  const followVisitors = () => {
    const node = document.querySelector("[data-visitors]");
    if (!node) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const line = new WebSocket(`${scheme}://${location.host}/live`);
    line.addEventListener("message", (event) => {
      const { visitors } = JSON.parse(event.data);
      if (visitors) show(node, visitors === 1 ? "You have the shop to yourself" : `${visitors} people are looking around`);
    });
    addEventListener("pagehide", () => line.close());
  };

  if (page) {
    const number = page.dataset.product;
    refreshPrice(number).catch(() => {});
    followStock(number);
  }
  followVisitors();
})();
