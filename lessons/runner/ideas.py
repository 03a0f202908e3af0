"""The idea of each lesson in a line or two, in both languages, as it stands above the page of the microscope."""

# ruff: noqa: RUF001 (Chinese has its own commas)
from __future__ import annotations

IDEAS = {
    0: {
        "en": "While you compute, backprop writes down each op. Afterwards it reads the book backwards: "
        "local derivative times what has arrived, added up where paths meet.",
        "zh": "计算时，反向传播记下每一个运算；之后倒着读这本账：局部导数乘以传来的梯度，在路径汇合处相加。",
    },
    1: {
        "en": "A model is a guess with a knob: y = x * w. "
        "The loss says how wrong the knob stands, and its gradient which way to turn it.",
        "zh": "模型是带一个旋钮的猜测：y = x * w。损失说明旋钮偏了多少，梯度说明该往哪边拧。",
    },
    2: {
        "en": "Do not try every w: stand at one, feel the gradient, step downhill, again and again.",
        "zh": "不必试遍所有的 w：站在一处，感受梯度，往下走一步，如此反复。",
    },
    3: {
        "en": "Every op is a node that knows its own small derivative. "
        "backward() walks from the loss to the weights and multiplies them: the chain rule, once per node.",
        "zh": "每个运算是一个节点，知道自己的局部导数。backward() 从损失走回权重，把它们相乘：每个节点用一次链式法则。",
    },
    4: {
        "en": "You write the forward, autograd does the rest: the loop of four lines - forward, loss, backward, step.",
        "zh": "你只写前向，其余交给自动求导：四行的循环：前向、损失、反向、更新。",
    },
    5: {
        "en": "A yes-or-no answer is a probability: the sigmoid squashes a line into (0, 1), "
        "and binary cross-entropy measures how far it is from the truth.",
        "zh": "是非题的答案是概率：sigmoid 把直线压到 (0, 1) 之间，二元交叉熵衡量它离真相有多远。",
    },
    6: {
        "en": "Eight features, and all samples at once: N dot products become one matrix product.",
        "zh": "八个特征，所有样本同时算：N 个点积合成一次矩阵乘法。",
    },
    7: {
        "en": "A DataLoader shuffles the samples and hands them out in batches: this is the step of one batch of 32.",
        "zh": "DataLoader 打乱样本，分批交出：这里是一个批次（32 个样本）的一步。",
    },
    8: {
        "en": "Ten answers: the softmax turns ten scores into probabilities, "
        "and cross-entropy sends back prediction minus truth.",
        "zh": "十个答案：softmax 把十个得分变成概率，交叉熵传回的梯度就是“预测减去真值”。",
    },
    9: {
        "en": "One small window of weights slides over the whole image; "
        "pooling keeps the strongest answer of every 2 x 2.",
        "zh": "一个小窗口的权重在整幅图上滑动；池化在每个 2 x 2 中只留下最强的回应。",
    },
    10: {
        "en": "A residual block adds its input to its output: the gradient has a way around every layer.",
        "zh": "残差块把输入加到输出上：梯度可以绕过每一层往回走。",
    },
    11: {
        "en": "The same cell with the same weights reads letter after letter; "
        "what it knows of the past is its hidden state, so its gradient is a sum over time.",
        "zh": "同一个单元、同一组权重，逐个读字母；过去都存在隐藏状态里，所以它的梯度是对时间求和。",
    },
    12: {
        "en": "Which country is a surname from? A GRU reads it from both ends, and the last hidden states answer.",
        "zh": "这个姓氏来自哪国？GRU 从两端读它，由最后的隐藏状态作答。",
    },
}
