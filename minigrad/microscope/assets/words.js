// Everything the page says, in both languages, part by part.
const WORDS = { en: {}, zh: {} };
function words(part) { for (const language of ["en", "zh"]) Object.assign(WORDS[language], part[language]); }

// the frame and the panels
words({
  en: {
    microscope: "microscope", mode: "What to replay", backprop: "Backprop", wrongOrder: "Wrong order", forgot: "Forgot zero_grad",
    language: "Language", theme: "Light or dark", graph: "Graph of the computation", modules: "Modules: fold and unfold",
    legendData: "data", legendParameter: "gets a gradient", legendOp: "op", legendGroup: "folded module (click to unfold)",
    legendNow: "now", legendDone: "gradient complete", legendBack: "gradient flows back",
    zoomIn: "Zoom in", zoomOut: "Zoom out", zoomFit: "Show everything",
    first: "To the start (Home)", previous: "Back (←)", play: "Play or pause (space)", next: "Forward (→)", last: "To the end (End)",
    speed: "Speed", step: "Step", start: "Start", forward: "forward", backward: "backward",
    noBackward: "backward() was not called while this was recorded: only the forward pass can be shown.",
    empty: "Nothing was recorded: no op took a tensor that requires a gradient.",
    hint: "Step with ← and →, play with the space bar, click an op to jump to it, drag to move the picture, turn the wheel to zoom.",
    operands: "Takes", makes: "Makes", arrived: "Gradient that arrived (upstream)", from: "from", start0: "the start: d out / d out",
    sends: "Chain rule: what it sends to each operand", upstream: "upstream", local: "× local slope", downstream: "= downstream",
    rule: "the rule gives", unbroadcast: "summed to the operand's shape", sumHere: "sum at", soFar: "so far", parts: "parts",
    paths: "Several paths meet here: their gradients are added", gradient: "Gradient so far", value: "Value", noGradient: "gets no gradient",
    where: "line", here: "Here:", inBackward: "made by backward (create_graph=True)", time: "time", memory: "memory", torch: "Beside torch", notComparable: "not comparable",
    difference: "largest |difference|", output: "output", naiveNone: "This recording cannot be walked depth first (no backward pass, an op with several outputs, or too many paths).",
    naiveNotice: "Wrong order: depth first, every op passes on what it has got so far. Compare the gradients at the end.",
    naiveSame: "No op of this graph is used twice, so even the wrong order comes to the right gradients. Use a tensor twice and look again.",
    naiveBad: "ops are visited more than once, and send what they had sent before once more. That is why backward sorts the graph first: children before parents (topological order).",
    naiveVisit: "visit", of: "of", right: "right", wrong: "wrong order", sourcesTitle: "Gradients at the end",
    twiceNotice: "Forgot zero_grad: the same step is run once more, and .grad still holds the old gradient: the new one is added to it.",
    old: "old .grad", fresh: "new gradient", total: ".grad now", twiceWhy: "With the same data the sum is twice the gradient: the step goes twice as far, then three times, and training diverges. optimizer.zero_grad() before backward() empties .grad.",
    copy: "select to copy", mean: "mean", norm: "length (2-norm)", corner: "corner", named: "unnamed",
  },
  zh: {
    microscope: "显微镜", mode: "重放什么", backprop: "反向传播", wrongOrder: "错误的顺序", forgot: "忘了 zero_grad",
    language: "语言", theme: "浅色或深色", graph: "计算图", modules: "模块：折叠与展开",
    legendData: "数据", legendParameter: "需要梯度", legendOp: "运算", legendGroup: "折叠的模块（点击展开）",
    legendNow: "当前", legendDone: "梯度已完整", legendBack: "梯度回传",
    zoomIn: "放大", zoomOut: "缩小", zoomFit: "显示全部",
    first: "回到开头 (Home)", previous: "后退 (←)", play: "播放或暂停（空格）", next: "前进 (→)", last: "到结尾 (End)",
    speed: "速度", step: "步", start: "开始", forward: "前向", backward: "反向",
    noBackward: "录制期间没有调用 backward()：只能显示前向传播。",
    empty: "没有录到任何运算：没有运算用到需要梯度的张量。",
    hint: "用 ← → 单步，用空格播放，点击运算可直接跳转，拖动移动画面，滚轮缩放。",
    operands: "输入", makes: "输出", arrived: "到达的梯度（上游）", from: "来自", start0: "起点：d out / d out",
    sends: "链式法则：传给每个操作数的梯度", upstream: "上游", local: "× 局部导数", downstream: "= 下游",
    rule: "规则给出", unbroadcast: "按操作数的形状求和", sumHere: "累加于", soFar: "目前", parts: "各部分",
    paths: "多条路径在此汇合：梯度相加", gradient: "目前的梯度", value: "值", noGradient: "没有梯度",
    here: "这里：", where: "行", inBackward: "由 backward 产生 (create_graph=True)", time: "时间", memory: "内存", torch: "与 torch 对照", notComparable: "无法对照",
    difference: "最大 |差|", output: "输出", naiveNone: "这次录制无法按深度优先重放（没有反向传播、有多输出的运算，或路径太多）。",
    naiveNotice: "错误的顺序：深度优先，每个运算把目前得到的梯度立刻传下去。请比较最后的梯度。",
    naiveSame: "图中没有被使用两次的运算，所以错误的顺序也得到正确的梯度。把一个张量用两次再看看。",
    naiveBad: "个运算被访问多次，把已经传过的梯度又传了一遍。所以 backward 先给图排序：先子后父（拓扑序）。",
    naiveVisit: "第", of: "/", right: "正确", wrong: "错误的顺序", sourcesTitle: "最后的梯度",
    twiceNotice: "忘了 zero_grad：同一步再跑一次，.grad 里还留着旧梯度，新梯度加了上去。",
    old: "旧的 .grad", fresh: "新的梯度", total: "现在的 .grad", twiceWhy: "数据相同时，和是梯度的两倍：步子先是两倍，再是三倍，训练发散。在 backward() 之前调用 optimizer.zero_grad() 清空 .grad。",
    copy: "选中即可复制", mean: "均值", norm: "长度（2-范数）", corner: "左上角", named: "未命名",
  },
});

// the drawing and the controls
words({
  en: {
    skip: "To the numbers", legend: "Legend", legendUnborn: "not computed yet", legendValue: "value | gradient", minimap: "All of the graph: click to go there",
    digits: "All digits (d)", print: "Print", printAll: "Print all steps", saveSvg: "Save the drawing as SVG", allSteps: "All steps", printed: "Only the first {} steps are printed one by one.", happens: "what", op: "op", line: "line", incoming: "takes / gradient in", outgoing: "makes / gradient out", end: "result", number: "number", unnamedData: "data", scalar: "scalar",
    opsIn: "ops", parametersIn: "parameters", tensorsIn: "tensors", ops: "ops", trainingStep: "training step", trainingSteps: "training steps", round: "round", rounds: "rounds",
    min: "min", max: "max", folded: "{} ops: folded by module and by round of the loops. Click a box, or open “Fold and unfold”, to look inside.",
    modules: "Fold and unfold", legendGroup: "folded: click to look inside", legendOp: "op: result and shape", zoomFit: "Show everything (0)",
    hint: "Step with ← and →, play with the space bar. Click a box, or go to it with Tab and press Enter: an op takes you to its step, a folded box opens. Drag to move the picture, turn the wheel to zoom; 0 shows everything, d all digits.",
  },
  zh: {
    skip: "跳到数值", legend: "图例", legendUnborn: "尚未计算", legendValue: "值 | 梯度", minimap: "全图：点击可前往",
    digits: "全部位数 (d)", print: "打印", printAll: "打印所有步骤", saveSvg: "把图存为 SVG", allSteps: "所有步骤", printed: "只逐一打印前 {} 步。", happens: "做什么", op: "运算", line: "行", incoming: "输入 / 传入的梯度", outgoing: "输出 / 传出的梯度", end: "结果", number: "常数", unnamedData: "数据", scalar: "标量",
    opsIn: "个运算", parametersIn: "个参数", tensorsIn: "个张量", ops: "运算", trainingStep: "训练步", trainingSteps: "训练步", round: "循环", rounds: "循环",
    min: "最小", max: "最大", std: "标准差", folded: "共 {} 个运算：已按模块和循环折叠。点击方框，或打开“折叠与展开”，即可看到里面。",
    modules: "折叠与展开", legendGroup: "已折叠：点击展开", legendOp: "运算：结果与形状", zoomFit: "显示全部 (0)",
    hint: "用 ← → 单步，用空格播放。点击方框，或用 Tab 移到它再按回车：运算会跳到它的那一步，折叠的方框会展开。拖动可移动画面，滚轮缩放；0 显示全部，d 显示全部位数。",
  },
});
