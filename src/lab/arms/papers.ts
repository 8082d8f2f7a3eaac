import type { Paper } from '../../model/finding.js';

/** The works that arms and experiments rest on. */
export const PAPERS = {
  adaGC: {
    title: 'AdaGC: Improving Training Stability for Large Language Model Pretraining',
    authors: 'Guoxia Wang, Shuai Li, Congliang Chen, et al.',
    year: 2025,
  },
  adamP: {
    title: 'AdamP: Slowing Down the Slowdown for Momentum Optimizers on Scale-invariant Weights',
    authors: 'Byeongho Heo, Sanghyuk Chun, Seong Joon Oh, et al.',
    year: 2021,
  },
  adamW: { title: 'Decoupled Weight Decay Regularization', authors: 'Ilya Loshchilov, Frank Hutter', year: 2017 },
  agc: {
    title: 'High-Performance Large-Scale Image Recognition Without Normalization',
    authors: 'Andrew Brock, Soham De, Samuel L. Smith, Karen Simonyan',
    year: 2021,
  },
  amsgrad: {
    title: 'On the Convergence of Adam and Beyond',
    authors: 'Sashank J. Reddi, Satyen Kale, Sanjiv Kumar',
    year: 2018,
  },
  autoClip: {
    title: 'AutoClip: Adaptive Gradient Clipping for Source Separation Networks',
    authors: 'Prem Seetharaman, Gordon Wichern, Bryan Pardo, Jonathan Le Roux',
    year: 2020,
  },
  clipping: {
    title: 'On the difficulty of training Recurrent Neural Networks',
    authors: 'Razvan Pascanu, Tomas Mikolov, Yoshua Bengio',
    year: 2013,
  },
  cooldown: {
    title: 'Training Dynamics of the Cooldown Stage in Warmup-Stable-Decay Learning Rate Scheduler',
    authors: 'Aleksandr Dremov, Alexander Hägele, Atli Kosson, Martin Jaggi',
    year: 2025,
  },
  curvature: {
    title: 'A Loss Curvature Perspective on Training Instability in Deep Learning',
    authors: 'Justin Gilmer, Behrooz Ghorbani, Ankush Garg, et al.',
    year: 2021,
  },
  doubleDescent: {
    title: 'Multi-scale Feature Learning Dynamics: Insights for Double Descent',
    authors: 'Mohammad Pezeshki, Amartya Mitra, Yoshua Bengio, Guillaume Lajoie',
    year: 2021,
  },
  edgeOfStability: {
    title: 'Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability',
    authors: 'Jeremy M. Cohen, Simran Kaur, Yuanzhi Li, J. Zico Kolter, Ameet Talwalkar',
    year: 2021,
  },
  fira: {
    title: 'Fira: Can We Achieve Full-rank Training of LLMs Under Low-rank Constraint?',
    authors: 'Xi Chen, Kaituo Feng, Changsheng Li, et al.',
    year: 2024,
  },
  gemma2: {
    title: 'Gemma 2: Improving Open Language Models at a Practical Size',
    authors: 'Gemma Team',
    year: 2024,
  },
  ghosts: {
    title: 'Ghosts of Softmax: Complex Singularities That Limit Safe Step Sizes in Cross-Entropy',
    authors: 'Piyush Sao',
    year: 2026,
  },
  gpt2: {
    title: 'Language Models are Unsupervised Multitask Learners',
    authors: 'Alec Radford, Jeffrey Wu, Rewon Child, et al.',
    year: 2019,
  },
  grokking: {
    title: 'Grokking at the Edge of Numerical Stability',
    authors: 'Lucas Prieto, Melih Barsbey, Pedro A. M. Mediano, Tolga Birdal',
    year: 2025,
  },
  infiniteCompute: {
    title: 'Pre-training under infinite compute',
    authors: 'Konwoo Kim, Suhas Kotha, Percy Liang, Tatsunori Hashimoto',
    year: 2025,
  },
  linear: {
    title: 'When, Why and How Much? Adaptive Learning Rate Scheduling by Refinement',
    authors: 'Aaron Defazio, Ashok Cutkosky, Harsh Mehta, Konstantin Mishchenko',
    year: 2023,
  },
  lion: {
    title: 'Symbolic Discovery of Optimization Algorithms',
    authors: 'Xiangning Chen, Chen Liang, Da Huang, et al.',
    year: 2023,
  },
  mixedPrecision: {
    title: 'Mixed Precision Training',
    authors: 'Paulius Micikevicius, Sharan Narang, Jonah Alben, et al.',
    year: 2018,
  },
  mixLn: {
    title: 'Mix-LN: Unleashing the Power of Deeper Layers by Combining Pre-LN and Post-LN',
    authors: 'Pengxiang Li, Lu Yin, Shiwei Liu',
    year: 2024,
  },
  muon: {
    title: 'Muon is Scalable for LLM Training',
    authors: 'Jingyuan Liu, Jianlin Su, Xingcheng Yao, et al.',
    year: 2025,
  },
  normFormer: {
    title: 'NormFormer: Improved Transformer Pretraining with Extra Normalization',
    authors: 'Sam Shleifer, Jason Weston, Myle Ott',
    year: 2021,
  },
  oneCycle: {
    title: 'Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates',
    authors: 'Leslie N. Smith, Nicholay Topin',
    year: 2018,
  },
  periLn: {
    title: 'Peri-LN: Revisiting Normalization Layer in the Transformer Architecture',
    authors: 'Jeonghoon Kim, Byeongchan Lee, Cheonbok Park, et al.',
    year: 2025,
  },
  plasticity: {
    title: 'Understanding Plasticity in Neural Networks',
    authors: 'Clare Lyle, Zeyu Zheng, Evgenii Nikishin, et al.',
    year: 2023,
  },
  preLn: {
    title: 'On Layer Normalization in the Transformer Architecture',
    authors: 'Ruibin Xiong, Yunchang Yang, Di He, et al.',
    year: 2020,
  },
  proxies: {
    title: 'Small-scale proxies for large-scale Transformer training instabilities',
    authors: 'Mitchell Wortsman, Peter J. Liu, Lechao Xiao, et al.',
    year: 2023,
  },
  plasticityLoss: {
    title: 'Loss of Plasticity in Deep Continual Learning',
    authors: 'Shibhansh Dohare, J. Fernando Hernandez-Garcia, Qingfeng Lan, et al.',
    year: 2024,
  },
  rAdam: {
    title: 'On the Variance of the Adaptive Learning Rate and Beyond',
    authors: 'Liyuan Liu, Haoming Jiang, Pengcheng He, et al.',
    year: 2020,
  },
  reDo: {
    title: 'The Dormant Neuron Phenomenon in Deep Reinforcement Learning',
    authors: 'Ghada Sokar, Rishabh Agarwal, Pablo Samuel Castro, Utku Evci',
    year: 2023,
  },
  restarts: {
    title: 'SGDR: Stochastic Gradient Descent with Warm Restarts',
    authors: 'Ilya Loshchilov, Frank Hutter',
    year: 2017,
  },
  rmsNorm: { title: 'Root Mean Square Layer Normalization', authors: 'Biao Zhang, Rico Sennrich', year: 2019 },
  spam: {
    title: 'SPAM: Spike-Aware Adam with Momentum Reset for Stable LLM Training',
    authors: 'Tianjin Huang, Ziquan Zhu, Gaojie Jin, et al.',
    year: 2025,
  },
  stableSpam: {
    title: 'Stable-SPAM: How to Train in 4-Bit More Stably than 16-Bit Adam',
    authors: 'Tianjin Huang, Haotian Hu, Zhenyu Zhang, et al.',
    year: 2025,
  },
  swa: {
    title: 'Averaging Weights Leads to Wider Optima and Better Generalization',
    authors: 'Pavel Izmailov, Dmitrii Podoprikhin, Timur Garipov, et al.',
    year: 2018,
  },
  wsd: {
    title: 'Understanding Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape Perspective',
    authors: 'Kaiyue Wen, Zhiyuan Li, Jason Wang, et al.',
    year: 2024,
  },
  zClip: {
    title: 'ZClip: Adaptive Spike Mitigation for LLM Pre-Training',
    authors: 'Abhay Kumar, Louis Owen, Nilabhra Roy Chowdhury, Fabian Güra',
    year: 2025,
  },
} as const satisfies Record<string, Paper>;
