import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { begin } from "./state.svelte";
import { startTheme } from "./theme.svelte";

startTheme();
await begin();
mount(App, { target: document.getElementById("page")! });
