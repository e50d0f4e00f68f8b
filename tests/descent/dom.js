// As much of a browser as the interactive page touches, without a screen.
var drawn = [];
var elements = {};
function Option(title) { this.title = title; }
function Canvas() {
  this.width = this.height = 16;
  this.getContext = function () {
    var ignored = function () {};
    return {
      createImageData: function (width, height) { return { data: new Uint8ClampedArray(4 * width * height) }; },
      putImageData: ignored, beginPath: ignored, stroke: ignored, fill: ignored, arc: ignored, fillRect: ignored, strokeText: ignored, fillText: ignored,
      moveTo: function (x, y) { drawn.push([x, y]); }, lineTo: function (x, y) { drawn.push([x, y]); },
    };
  };
  this.getBoundingClientRect = function () { return { left: 0, top: 0, width: 16, height: 16 }; };
  this.setPointerCapture = function () {};
}
function Field() {
  this.selectedIndex = 0;
  this.options = [];
  this.add = function (option) { this.options.push(option); };
  // A field of a form holds text, whatever is put into it.
  var held = "";
  Object.defineProperty(this, "value", { get: function () { return held; }, set: function (given) { held = String(given); } });
}
var document = {
  getElementById: function (id) {
    if (!elements[id]) {
      elements[id] = id === "plane" ? new Canvas() : new Field();
      if (id === "steps") elements[id].value = 200;
    }
    return elements[id];
  },
};
