import '../l10n.js';
import './runPage.css';
import { editorHost } from '../protocol/host.js';
import { RunPage } from './runPage.js';

new RunPage(document.getElementById('app')!, editorHost()).start();
