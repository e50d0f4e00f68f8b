/* A million steps of gradient descent on the homework's function, (1 - x^3) + 100 (y^2 - x)^2, written by hand. */
void descend(double *point, double rate, long steps) {
    double x = point[0], y = point[1];
    for (long step = 0; step < steps; step++) {
        double inner = y * y - x;
        double slope_x = -3 * x * x - 200 * inner;
        double slope_y = 400 * y * inner;
        x -= rate * slope_x;
        y -= rate * slope_y;
    }
    point[0] = x;
    point[1] = y;
}
