// Charts by uPlot: values on hover and by arrow keys, colours of the scheme, CSV and a picture to save.
(() => {
  const { t, locale } = window.digitree;
  const HEIGHT = 240;
  const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
  const TONES = { menu: "--accent", agent: "--warn", speech: "--strong-line" };
  const scales = {
    $: new Intl.NumberFormat(locale, { style: "currency", currency: "USD", maximumFractionDigits: 4, minimumFractionDigits: 0 }),
    min: new Intl.NumberFormat(locale),
    calls: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
  };

  // The colour that a variable of app.css has in this scheme; light-dark() is resolved by the browser alone.
  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  // What uPlot draws: stacked bars are sums, the largest first, since each later one is drawn over those before.
  function columns(chart) {
    const places = chart.labels.map((_, place) => place);
    if (chart.kind === "bars_beside") return [places, ...chart.series.map((each) => each.values)];
    const sums = [];
    let below = places.map(() => 0);
    for (const each of chart.series) {
      below = below.map((value, place) => value + each.values[place]);
      sums.unshift(below);
    }
    return [places, ...sums];
  }

  function drawn(chart) {
    const beside = chart.kind === "bars_beside";
    const order = beside ? chart.series : [...chart.series].reverse();
    return order.map((each, place) => ({
      label: each.name,
      fill: colour(TONES[each.tone]),
      width: 0,
      points: { show: false },
      paths: beside
        ? window.uPlot.paths.bars({ size: [0.36, 40], align: place === 0 ? -1 : 1 })
        : window.uPlot.paths.bars({ size: [0.76, 60] }),
    }));
  }

  class Plot {
    constructor(figure) {
      this.figure = figure;
      this.area = figure.querySelector(".plot-area");
      this.readout = figure.querySelector(".plot-read");
      this.title = figure.querySelector("h2").textContent;
      this.read();
      this.draw();
      new ResizeObserver(() => this.fit()).observe(this.area);
      this.area.addEventListener("keydown", (event) => this.press(event));
      this.area.addEventListener("blur", () => this.point(null));
      figure.querySelector("[data-plot-csv]").addEventListener("click", () => this.saveTable());
      figure.querySelector("[data-plot-png]").addEventListener("click", () => this.savePicture());
    }

    // True where the page has other values than before.
    read() {
      const text = document.getElementById(this.figure.dataset.plot)?.dataset.values;
      if (!text || text === this.text) return false;
      this.text = text;
      this.chart = JSON.parse(text);
      return true;
    }

    draw() {
      this.plot?.destroy();
      const { chart } = this;
      const soft = colour("--soft");
      const line = { stroke: colour("--line"), width: 1 };
      const axis = { stroke: soft, font: FONT, ticks: { show: false } };
      const last = chart.labels.length - 1;
      const options = {
        width: Math.max(120, this.area.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: { x: { time: false, range: [-0.6, last + 0.6] }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.06 : 1] } },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 30,
            splits: (plot) => {
              const every = Math.max(1, Math.ceil(((last + 1) * 64) / plot.bbox.width * devicePixelRatio));
              return chart.labels.map((_, place) => place).filter((place) => place % every === 0);
            },
            values: (_, places) => places.map((place) => chart.ticks[place]),
          },
          {
            ...axis,
            grid: line,
            size: 64,
            incrs: chart.unit === "calls" ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6] : undefined,
            values: (_, values) => values.map((value) => scales[chart.unit].format(value)),
          },
        ],
        series: [{}, ...drawn(chart)],
        hooks: { setCursor: [(plot) => this.tell(plot.cursor.idx ?? null)] },
      };
      this.plot = new window.uPlot(options, columns(chart), this.area);
      this.tell(null);
    }

    update() {
      if (!this.read()) return;
      const place = this.place;
      this.draw();
      const rows = this.figure.querySelectorAll("tbody tr");
      this.chart.shown.forEach((texts, number) => texts.forEach((text, column) => {
        rows[number].children[column + 1].textContent = text;
      }));
      if (place !== null && document.activeElement === this.area) this.point(place);
    }

    fit() {
      const width = Math.max(120, this.area.clientWidth);
      if (width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
    }

    tell(place) {
      const { chart } = this;
      this.place = place;
      if (place === null) {
        this.readout.textContent = t("Point at the chart, or use the arrow keys.");
        return;
      }
      const values = chart.series.map((each, number) => `${each.name} ${chart.shown[place][number]}`).join(", ");
      const text = `${chart.labels[place]}: ${values}`;
      this.readout.textContent = text;
      this.area.setAttribute("aria-valuenow", String(place));
      this.area.setAttribute("aria-valuetext", text);
    }

    point(place) {
      if (place === null) {
        this.plot.setCursor({ left: -10, top: -10 });
        return this.tell(null);
      }
      this.plot.setCursor({ left: this.plot.valToPos(place, "x"), top: 10 });
      this.tell(place);
    }

    press(event) {
      const last = this.chart.labels.length - 1;
      const from = this.place ?? -1;
      const to = { ArrowRight: from + 1, ArrowUp: from + 1, ArrowLeft: from < 0 ? last : from - 1, ArrowDown: from - 1, Home: 0, End: last }[event.key];
      if (event.key === "Escape") this.point(null);
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.point(Math.min(last, Math.max(0, to)));
    }

    save(blob, kind) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${this.title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")}.${kind}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }

    saveTable() {
      const { chart } = this;
      const quoted = (value) => (/[",\n]/.test(value) ? `"${String(value).replace(/"/g, '""')}"` : value);
      const rows = chart.keys.map((key, place) => [key, ...chart.series.map((each) => each.values[place])]);
      const text = [["", ...chart.series.map((each) => each.name)], ...rows].map((row) => row.map(quoted).join(",")).join("\r\n");
      this.save(new Blob([`${text}\r\n`], { type: "text/csv" }), "csv");
    }

    savePicture() {
      const source = this.plot.ctx.canvas;
      const scale = devicePixelRatio;
      const head = 52 * scale;
      const canvas = document.createElement("canvas");
      canvas.width = source.width;
      canvas.height = source.height + head;
      const pen = canvas.getContext("2d");
      pen.fillStyle = colour("--surface");
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(source, 0, head);
      pen.scale(scale, scale);
      pen.fillStyle = colour("--text");
      pen.font = `bold ${FONT.replace("12px", "15px")}`;
      pen.fillText(this.title, 12, 20);
      pen.font = FONT;
      let x = 12;
      for (const each of this.chart.series) {
        pen.fillStyle = colour(TONES[each.tone]);
        pen.fillRect(x, 31, 10, 10);
        pen.fillStyle = colour("--soft");
        pen.fillText(each.name, x + 15, 40);
        x += 35 + pen.measureText(each.name).width;
      }
      canvas.toBlob((blob) => this.save(blob, "png"));
    }
  }

  const plots = [...document.querySelectorAll("[data-plot]")].map((figure) => new Plot(figure));
  const redraw = () => plots.forEach((plot) => plot.draw());
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.addEventListener("htmx:afterSettle", () => plots.forEach((plot) => plot.update()));
})();
